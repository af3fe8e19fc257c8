import { bestBoundary, type CutRules } from '../text/boundary.ts'
import { chunkBytes, encodedBytes, fitsInto, unitsAt, unitsThatFit } from '../text/encoded-size.ts'
import { advanceFence, type FenceState, fenceAround, isInFenceLine } from '../text/fence.ts'
import { clusterBoundaryAt, lastClusterStart } from '../text/graphemes.ts'
import { beforeOpenMarkdown } from '../text/open-markdown.ts'
import type { MessageProgress, ReplyFailure } from './reply.ts'

/** The most messages that one reply fills. */
export const MAX_MESSAGES = 20

/** Why a reply ends before its text does, behind the mark. */
export const tooLong: ReplyFailure = {
  reason: 'too-long',
  detail: `The text is longer than the ${MAX_MESSAGES} messages that one reply may fill.`,
}

/** Ends a reply whose rest does not fit into the last message it may fill. */
export const TRUNCATION_MARK = '\n\n[…]'

/**
 * Room that every chunk but a message's last one leaves, in bytes: the chunk that closes the message cannot be empty, so
 * there must be room for it, also when it is a notice.
 */
const CLOSING_ROOM_BYTES = 512

/** Room for a closed fence and the truncation mark. */
const SUFFIX_BYTES = 48

/** How much is looked at behind what a message can hold, in UTF-16 units. */
const BEYOND_CHARS = 256

/** From which part of a message on it may end at a boundary of each kind: early, though the text would still fit … */
const EARLY = { paragraph: 0.8, line: 0.9, sentence: 0.95, word: 2 }
/** … and when it does not fit any more. */
const FULL = { paragraph: 0.6, line: 0.7, sentence: 0.8, word: 0.9 }

export interface Draft {
  readonly message: MessageProgress
  /** Well-formed text that was not sent yet, as far as it may go into one chunk. */
  readonly pending: string
  /** True when nothing follows `pending`. */
  readonly ended: boolean
  /** False when `pending` is known to end where a cluster ends, so that nothing must be held back. */
  readonly holdBack: boolean
  /** Encoded size that no message may pass, in bytes. */
  readonly limitBytes: number
  /** True when the reply may not open another message. */
  readonly lastMessage: boolean
  /** Keeps Markdown back that is still open; without it text goes as it comes. */
  readonly smooth?: Smooth
}

/** What decides which Markdown is kept back. */
interface Smooth {
  /** The end of what the message shows (`shownTail`). */
  readonly tail: string
  /** How much of `pending` has been kept back once, in UTF-16 units: it is not again. */
  readonly waited: number
}

export interface ChunkPlan {
  /** What to send: never empty, with the fences that a rollover adds. */
  readonly text: string
  /** How much of `pending` it carries, in UTF-16 units. */
  readonly taken: number
  /** What the call ends, and so whether it carries `Finish`. */
  readonly ends: 'nothing' | 'message' | 'reply'
  /** For `ends: 'message'`: what the next message opens with. */
  readonly reopen: string
  /** For `ends: 'message'`: what closes it behind the text; absent where no fence is open. */
  readonly close?: string
  /** True when text was dropped for want of messages. */
  readonly truncated: boolean
  /** How much more might have gone, and is kept back for its Markdown; absent for none. */
  readonly kept?: number
}

/**
 * The next chunk of a reply, or `undefined` when there is nothing that may be sent yet. Pure: no clock, no I/O.
 *
 * The last grapheme cluster is held back until more text or the end comes, so `Finish` always has text to ride on. A chunk
 * cuts a cluster only where it is longer than 64 units, or alone larger than the room of a message.
 */
export const planChunk = (whole: Draft): ChunkPlan | undefined => {
  const draft = withinReach(whole)
  const ready = readyText(draft)
  if (ready === '') return undefined

  const room = draft.limitBytes - draft.message.bytes - chunkBytes(draft.message.reopen)
  if (draft.ended && fitsInto(ready, room)) return plan(draft, ready.length, 'reply')

  const fits = !draft.ended && fitsInto(ready, room - SUFFIX_BYTES - CLOSING_ROOM_BYTES)
  if (fits) {
    const early = draft.lastMessage ? 0 : earlyCut(draft, ready)
    return early > 0 ? plan(draft, early, 'message') : smoothPlan(draft, ready.length)
  }
  const cut = fullCut(draft, ready)
  return draft.lastMessage ? plan(draft, cut, 'truncation') : plan(draft, cut, 'message')
}

/** A chunk within a message, which ends before Markdown that is still open; `undefined` where there is nothing before that. */
const smoothPlan = (draft: Draft, end: number): ChunkPlan | undefined => {
  const { message, pending, smooth } = draft
  if (smooth === undefined) return plan(draft, end, 'nothing')
  const { tail, waited } = smooth
  const fence = message.reopen === '' ? message.fence : advanceFence(message.fence, message.reopen)
  const cut = beforeOpenMarkdown({ fence, tail }, pending, end, waited)
  if (cut === 0) return undefined
  return cut === end
    ? plan(draft, end, 'nothing')
    : { ...plan(draft, cut, 'nothing'), kept: end - cut }
}

/** The draft with no more text than a message can hold and what follows it: each unit takes a byte at least. */
const withinReach = (draft: Draft): Draft => {
  const reach = draft.limitBytes + BEYOND_CHARS
  if (draft.pending.length <= reach) return draft
  return { ...draft, pending: draft.pending.slice(0, reach), ended: false }
}

const readyText = ({ pending, ended, holdBack }: Draft): string =>
  ended || !holdBack ? pending : pending.slice(0, lastClusterStart(pending))

const plan = (
  { message, pending }: Draft,
  taken: number,
  ends: ChunkPlan['ends'] | 'truncation',
): ChunkPlan => {
  const text = message.reopen + pending.slice(0, taken)
  if (ends === 'nothing' || ends === 'reply') {
    return { text, taken, ends, reopen: '', truncated: false }
  }
  const { close, reopen } = fenceAround(advanceFence(message.fence, text))
  if (ends === 'truncation') {
    const marked = text + close + TRUNCATION_MARK
    return { text: marked, taken, ends: 'reply', reopen: '', truncated: true }
  }
  return {
    text: text + close,
    taken,
    ends,
    reopen,
    ...(close === '' ? {} : { close }),
    truncated: false,
  }
}

/** A good place to end a message that is nearly full, though `ready` would still fit; 0 for none. */
const earlyCut = (draft: Draft, ready: string): number => {
  const filled = draft.message.bytes + encodedBytes(draft.message.reopen + ready)
  if (filled < usableBytes(draft) * EARLY.paragraph) return 0
  return bestBoundary(draft.pending, ready.length, rulesFor(draft, ready, EARLY), fenceGuard(draft))
}

/** Where a message must end because `ready` does not fit; at least one character. */
const fullCut = (draft: Draft, ready: string): number => {
  const room = draft.limitBytes - draft.message.bytes - chunkBytes(draft.message.reopen)
  const limit = unitsThatFit(ready, room - SUFFIX_BYTES)
  const cut = bestBoundary(draft.pending, limit, rulesFor(draft, ready, FULL), fenceGuard(draft))
  if (cut > 0) return cut

  const cluster = clusterBoundaryAt(ready, limit)
  return cluster > 0 ? cluster : Math.max(limit, unitsAt(ready, 0))
}

/** How full a message may be before the chunk that closes it. */
const usableBytes = ({ limitBytes }: Draft): number =>
  limitBytes - SUFFIX_BYTES - CLOSING_ROOM_BYTES

const rulesFor = (draft: Draft, ready: string, part: CutRules): CutRules => {
  const usable = usableBytes(draft)
  const from = (fill: number) => unitsThatFit(ready, usable * fill - draft.message.bytes) + 1
  return {
    paragraph: from(part.paragraph),
    line: from(part.line),
    sentence: from(part.sentence),
    word: from(part.word),
  }
}

/** No message ends inside a line that opens or closes a fence. */
const fenceGuard = ({ message, pending }: Draft): ((end: number) => boolean) => {
  const state: FenceState = advanceFence(message.fence, message.reopen)
  return (end) => !isInFenceLine(advanceFence(state, pending.slice(0, end)))
}
