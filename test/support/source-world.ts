import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import type { SourceParts, SourceSettings } from '../../lib/adapters/sources/source-parts.ts'
import { textOfDelta } from '../../lib/core/conversation/source-delta.ts'
import type { PastTurn, SourceUsage } from '../../lib/core/conversation/source-request.ts'
import type { Turn } from '../../lib/core/conversation/turn.ts'
import type { ReplyFailure, ReplyId } from '../../lib/core/reply/reply.ts'
import { TextBrokenOff } from '../../lib/core/reply/text-broken-off.ts'
import type { Clock, ReplySource } from '../../lib/ports.ts'

export const aTurn: Turn = {
  replyId: 'turn:1_2_1700000000' as ReplyId,
  conversation: { from: '@RBT#bot', to: 'alice' },
  text: 'What is the time?',
  askedAtMs: 1_700_000_000_000,
}

/** Real time in which every wait is a twentieth of what it would be. */
export const hastyClock: Clock = {
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(ms / 20, signal),
}

export const partsOf = (
  settings: Partial<SourceSettings> = {},
  readSecret: SourceParts['readSecret'] = async () => undefined,
  clock = systemClock,
): SourceParts => ({
  settings: { OPENAI_BASE_URL: 'http://127.0.0.1:9', ...settings },
  clock,
  random: () => 0.5,
  conversations: { recall: async () => undefined, keep: async () => {} },
  readSecret,
})

interface Asked {
  readonly turn?: Turn
  readonly history?: readonly PastTurn[]
  readonly signal?: AbortSignal
  readonly onDelta?: (delta: string) => void
}

/** Reads a source to its end. */
export const ask = async (
  source: ReplySource,
  { turn = aTurn, history = [], signal = new AbortController().signal, onDelta }: Asked = {},
): Promise<{ readonly text: string; readonly usages: readonly SourceUsage[] }> => {
  const usages: SourceUsage[] = []
  let text = ''
  const reportUsage = (usage: SourceUsage): void => {
    usages.push(usage)
  }
  for await (const delta of source({ turn, history, signal, reportUsage })) {
    text += textOfDelta(delta)
    onDelta?.(textOfDelta(delta))
  }
  return { text, usages }
}

interface Heard {
  readonly text: string
  /** `ended`, or why it broke off. */
  readonly how: 'ended' | ReplyFailure['reason']
  /** The sentence for the owner; empty where it ended. */
  readonly detail: string
}

/** What a source says, and how it ends. Fails where it throws something else than `TextBrokenOff`. */
export const hear = async (source: ReplySource, asked: Asked = {}): Promise<Heard> => {
  let text = ''
  const onDelta = (delta: string): void => {
    text += delta
    asked.onDelta?.(delta)
  }
  try {
    await ask(source, { ...asked, onDelta })
    return { text, how: 'ended', detail: '' }
  } catch (error) {
    if (error instanceof TextBrokenOff) {
      const { reason: how, detail } = error.failure
      return { text, how, detail }
    }
    throw new Error('The source threw what no source may.', { cause: error })
  }
}

/** Why a source broke off: the failure's detail, and the text that came before. Fails where it did not, or ended otherwise. */
export const brokenOff = async (
  source: ReplySource,
  asked: Asked = {},
): Promise<{ readonly detail: string; readonly text: string }> => {
  const { how, detail, text } = await hear(source, asked)
  if (how === 'source-failed') return { detail, text }
  throw new Error(`The source did not break off, but: ${how}.`)
}
