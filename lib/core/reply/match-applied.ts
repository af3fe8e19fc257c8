import {
  advanceFence,
  type FenceState,
  fenceAround,
  isInFenceLine,
  LONGEST_CLOSE,
} from '../text/fence.ts'
import { EMPTY_HASH, hashText } from '../text/text-hash.ts'
import { unsentMessage, withChunk } from './message.ts'
import type { MessageProgress, MsgKey, Progress } from './reply.ts'

/** A streamed message as it was read back. */
export interface ShownMessage {
  readonly msgKey: MsgKey
  readonly chunks: readonly string[]
  readonly finished: boolean
}

/** A reply after its newest message was read back. */
export interface Matched {
  readonly progress: Progress
  /** How much of the unsent text had been applied, in UTF-16 units. */
  readonly taken: number
  readonly finished: boolean
}

/**
 * Moves a reply's progress on by what is shown of its newest message: whatever stands there after the known text was applied.
 * `undefined` when the message does not begin with the known text, or goes on with text that is not the reply's. A fence that
 * a rollover closed may stand at its end.
 */
export const matchApplied = (
  progress: Progress,
  unsent: string,
  shown: ShownMessage,
): Matched | undefined => {
  const { message } = progress
  const after = textAfterKnown(message, shown.chunks.join(''))
  if (after === undefined) return undefined

  const expected = message.reopen + unsent
  const end = shown.finished
    ? endOfFinished(message.fence, after, expected)
    : endOfOpen(after, expected)
  if (end === undefined || end.chars < message.reopen.length) return undefined

  const { reopen } = end
  const taken = end.chars - message.reopen.length
  return {
    taken,
    finished: shown.finished,
    progress: {
      ...progress,
      msgKeys: progress.msgKeys.includes(shown.msgKey)
        ? progress.msgKeys
        : [...progress.msgKeys, shown.msgKey],
      message: shown.finished ? unsentMessage(reopen) : messageOf(shown),
      sentChars: progress.sentChars + taken,
    },
  }
}

/** What a message holds after the text that is known to be there; `undefined` when that text is not there. */
export const textAfterKnown = (
  { chars, hash }: Pick<MessageProgress, 'chars' | 'hash'>,
  text: string,
): string | undefined => {
  if (text.length < chars) return undefined
  return hashText(EMPTY_HASH, text.slice(0, chars)) === hash ? text.slice(chars) : undefined
}

/** How much of `expected` a text carries, and what the next message opens with. */
interface EndOfText {
  readonly chars: number
  readonly reopen: string
}

const endOfOpen = (after: string, expected: string): EndOfText | undefined =>
  expected.startsWith(after) ? { chars: after.length, reopen: '' } : undefined

/**
 * A message that was finished before the end of the text has its open fence closed behind it. Where it may, it does not end
 * inside a line that opens or closes one: that tells an added fence from one of the text's own. A message that the service says
 * is full must end wherever its chunk was halved, in such a line as well.
 */
const endOfFinished = (
  fence: FenceState,
  after: string,
  expected: string,
): EndOfText | undefined => {
  if (after === expected) return { chars: after.length, reopen: '' }
  const common = commonPrefixLength(after, expected)
  const earliest = Math.max(after.length - LONGEST_CLOSE, 0)
  const before = advanceFence(fence, after.slice(0, earliest))
  let inFenceLine: EndOfText | undefined
  for (let chars = common; chars >= earliest; chars -= 1) {
    const state = advanceFence(before, after.slice(earliest, chars))
    const { close, reopen } = fenceAround(state)
    if (after.slice(chars) !== close) continue
    if (!isInFenceLine(state)) return { chars, reopen }
    inFenceLine ??= { chars, reopen }
  }
  return inFenceLine
}

const messageOf = ({ chunks, msgKey }: ShownMessage): MessageProgress =>
  chunks.reduce<MessageProgress>(
    (message, chunk) => withChunk(message, chunk, msgKey),
    unsentMessage(),
  )

const commonPrefixLength = (a: string, b: string): number => {
  const most = Math.min(a.length, b.length)
  let i = 0
  while (i < most && a.charCodeAt(i) === b.charCodeAt(i)) i += 1
  return i
}
