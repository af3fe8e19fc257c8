import type { HelperName, HelperOptions } from './client/job.ts'

/** A helper with its settings: a line of the tables. */
export interface LockState {
  readonly name: string
  readonly helper: HelperName
  readonly options: HelperOptions
  /** The least time between the starts of two calls that it promises, in ms. */
  readonly gapMs?: number
  /** Where it is played: on every trace, or on the standard one alone. */
  readonly plays: 'everywhere' | 'standard'
}

const ours = (gapMs: number, dynamo: boolean, plays: LockState['plays']): LockState => ({
  name: `ours, ${gapMs} ms${dynamo ? ', DynamoDB' : ''}`,
  helper: 'ours',
  options: { gapMs, dynamo },
  gapMs,
  plays,
})

const reference = (gapMs: number): LockState => ({
  name: `reference, ${gapMs} ms`,
  helper: 'reference',
  options: { gapMs },
  gapMs,
  plays: 'everywhere',
})

export const lines: readonly LockState[] = [
  ours(0, false, 'standard'),
  ours(200, false, 'everywhere'),
  ours(200, true, 'everywhere'),
  ours(300, false, 'everywhere'),
  ours(500, false, 'standard'),
  reference(0),
  reference(200),
  reference(300),
  reference(500),
  {
    name: 'Slack ChatStreamer, buffer 256',
    helper: 'slack',
    options: { bufferChars: 256 },
    plays: 'everywhere',
  },
  {
    name: 'Slack ChatStreamer, buffer 64',
    helper: 'slack',
    options: { bufferChars: 64 },
    plays: 'everywhere',
  },
  { name: 'Chat SDK, Slack stream', helper: 'chat-slack', options: {}, plays: 'everywhere' },
  {
    name: 'Chat SDK, post and edit',
    helper: 'chat-edit',
    options: {},
    gapMs: 500,
    plays: 'everywhere',
  },
  { name: 'grammY stream', helper: 'grammy', options: {}, plays: 'everywhere' },
  { name: 'Teams HttpStream', helper: 'teams', options: {}, gapMs: 500, plays: 'everywhere' },
  { name: 'one awaited call a token', helper: 'awaited', options: {}, plays: 'standard' },
]

export const lockNamed = (name: string): LockState => {
  const line = lines.find((one) => one.name === name)
  if (line === undefined) throw new Error(`There is no line ${name}.`)
  return line
}
