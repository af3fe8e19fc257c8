import { chunkBytes } from '../text/encoded-size.ts'
import { fenceAround } from '../text/fence.ts'
import { type Keeping, keepingAfter, keepMs, smoothChunk } from './keep-markdown.ts'
import { unsentMessage, withChunk, withNumberedChunk } from './message.ts'
import type { InHand, Move } from './move.ts'
import { openingKnown, openingLost, openingStarted, type Span } from './opening.ts'
import { nextStartMs, type Pace, pace, recovered, widened } from './pacing.ts'
import { type ChunkPlan, MAX_MESSAGES, planChunk, tooLong } from './plan-chunk.ts'
import type {
  MessageProgress,
  MsgKey,
  Opening,
  Progress,
  ReplyFailure,
  ReplyStatus,
  Rollover,
} from './reply.ts'
import type { Way } from './way.ts'

/** A reply that has not been taken for this long cannot be sent now, in ms; somebody else will go on with it. */
const PATIENCE_MS = 120_000

/** How a reply ends. */
export interface Ending {
  readonly status: Exclude<ReplyStatus, 'open'>
  readonly failure?: ReplyFailure
}

/** A reply while it is being written: what its writer needs to decide its next move. Plain data. */
export interface Writing extends Keeping {
  readonly progress: Progress
  readonly way: Way
  readonly pace: Pace
  /** The size that every message may have, and the one that this message may have, in bytes. */
  readonly messageBytes: number
  readonly limitBytes: number
  /** When the newest call started, in ms since the epoch. */
  readonly lastStartMs?: number
  /** No call before this time. */
  readonly retryAtMs: number
  /** Calls that failed in a row, and since when. */
  readonly failures: number
  readonly failingSinceMs?: number
  readonly lostMessages: number
  /** How the reply will end once what is pending is sent. */
  readonly ending: Ending
  /** True once the last chunk was applied. */
  readonly closed: boolean
}

/** The sizes and gaps that hold where the way has none of its own. */
interface Usual {
  readonly minGapMs: number
  readonly messageBytes: number
}

export const startWriting = (
  progress: Progress,
  { minGapMs, messageBytes }: Usual,
  way: Way,
): Writing => ({
  progress,
  way,
  pace: pace(way.minGapMs ?? minGapMs),
  messageBytes: way.messageBytes ?? messageBytes,
  limitBytes: way.messageBytes ?? messageBytes,
  ...(progress.calls > 0 ? { lastStartMs: progress.lastCallAtMs } : {}),
  retryAtMs: 0,
  failures: 0,
  lostMessages: 0,
  ending: { status: 'finished' },
  closed: false,
  tail: '',
})

/** The same reply, whose next message is written in another way. */
export const inWay = (writing: Writing, usual: Usual, way: Way): Writing => {
  const { way: _, ...progress } = writing.progress
  const begun = startWriting(progress, usual, way)
  return {
    ...writing,
    way,
    pace: begun.pace,
    messageBytes: begun.messageBytes,
    limitBytes: begun.limitBytes,
    failures: 0,
    progress: way.afterLostAnswer === 'repeat' ? { ...progress, way: way.name } : progress,
  }
}

/** What to do now. Asks for nothing but the time and the text in hand. */
export const nextMove = (writing: Writing, inHand: InHand, nowMs: number): Move => {
  if (writing.closed) return { act: 'end' }
  if (nowMs - (writing.failingSinceMs ?? nowMs) >= PATIENCE_MS) return { act: 'unreachable' }

  // Looked at first, since a plan costs more than a comparison and text arrives with every token.
  const nextMs = startMs(writing, false)
  if (!inHand.ended && nowMs < nextMs) return { act: 'wait', ms: nextMs - nowMs }

  const plan = planOf(writing, inHand, nowMs)
  if (plan === undefined) return withoutPlan(writing, inHand, nowMs)

  const dueMs = startMs(writing, plan.ends === 'reply')
  return nowMs < dueMs ? { act: 'wait', ms: dueMs - nowMs } : { act: 'call', plan }
}

const planOf = (writing: Writing, inHand: InHand, nowMs: number): ChunkPlan | undefined => {
  const { pending, ended, holdBack, smooth } = inHand
  const { message, msgKeys } = writing.progress
  const draft = {
    pending,
    ended,
    holdBack,
    message,
    limitBytes: writing.limitBytes,
    lastMessage: msgKeys.length - (message.msgKey === undefined ? 0 : 1) >= MAX_MESSAGES - 1,
  }
  if (smooth === undefined) return planChunk(draft)
  const plan = smoothChunk(draft, writing, writing.pace.minGapMs, nowMs)
  // The first text of a reply is worth more than its Markdown.
  const mustGo = smooth === 'ifAny' || writing.progress.sentChars === 0
  return plan === undefined && mustGo ? planChunk(draft) : plan
}

const withoutPlan = (writing: Writing, inHand: InHand, nowMs: number): Move => {
  if (inHand.ended) return withoutText(writing.progress)
  const { smooth: _, ...plain } = inHand
  const chars = planOf(writing, plain, nowMs)?.taken
  return chars === undefined
    ? whenSilent(writing, nowMs)
    : { act: 'keep', chars, ms: keepMs(writing, writing.pace.minGapMs, nowMs) }
}

const startMs = ({ pace, lastStartMs, retryAtMs }: Writing, endsReply: boolean): number =>
  Math.max(nextStartMs(pace, lastStartMs, endsReply), retryAtMs)

/** What is done where a message must not be silent for too long; what it is ended with closes an open fence. */
const whenSilent = ({ way, progress, lastStartMs = 0 }: Writing, nowMs: number): Move => {
  const { message } = progress
  if (way.silence === undefined || message.msgKey === undefined) return { act: 'idle' }
  const ms = lastStartMs + way.silence.afterMs - nowMs
  if (ms > 0) return { act: 'idle', ms }
  const nothing = { taken: 0, truncated: false }
  if (way.silence.by === 'chunk') {
    return { act: 'call', plan: { ...nothing, text: '', ends: 'nothing', reopen: '' } }
  }
  const { close, reopen } = fenceAround(message.fence)
  return { act: 'call', plan: { ...nothing, text: close, ends: 'message', reopen } }
}

/** After an empty chunk was refused: from now on silence ends the message. */
export const withoutKeepAlive = (writing: Writing): Writing => {
  const { silence } = writing.way
  return silence === undefined
    ? writing
    : { ...writing, way: { ...writing.way, silence: { ...silence, by: 'end' } } }
}

const withoutText = ({ message, msgKeys }: Progress): Move =>
  message.chars === 0 && msgKeys.length > 0 ? { act: 'end' } : { act: 'noText' }

/** Before a call that can be repeated: until its answer is known it is this call that is made again. */
export const callPrepared = (writing: Writing, plan: ChunkPlan, nowMs: number): Writing => ({
  ...writing,
  progress: { ...writing.progress, way: writing.way.name, underWay: { ...plan, atMs: nowMs } },
})

/** Before a call: `rollover` where it finishes a message in the middle of the text. */
export const rollingOver = (writing: Writing, rollover: Rollover | undefined): Writing => {
  const { rollingOver: _, ...progress } = writing.progress
  if (rollover === undefined) return { ...writing, progress }
  const { close, reopen } = rollover
  return { ...writing, progress: { ...progress, rollingOver: { close, reopen } } }
}

/** After a call has started at `nowMs`; `opening` where it is to open a message. */
export const callStarted = (writing: Writing, nowMs: number, opening?: Opening): Writing => {
  const progress = opening ? openingStarted(writing.progress, opening) : writing.progress
  return {
    ...writing,
    lastStartMs: nowMs,
    progress: {
      ...progress,
      calls: progress.calls + 1,
      retries: progress.retries + (writing.failures > 0 ? 1 : 0),
      lastCallAtMs: nowMs,
    },
  }
}

/** After a chunk was applied. `msgKey` is absent only where nobody knows which message took it. */
export const chunkApplied = (
  writing: Writing,
  plan: ChunkPlan,
  msgKey: MsgKey | undefined,
  nowMs: number,
): Writing => {
  const { underWay, rollingOver: _over, ...progress } = openingKnown(writing.progress)
  const { failingSinceMs: _, kept: __, ...rest } = writing
  const goesOn = plan.ends === 'nothing' && msgKey !== undefined
  return {
    ...rest,
    pace: recovered(writing.pace),
    limitBytes: goesOn ? writing.limitBytes : writing.messageBytes,
    retryAtMs: 0,
    failures: 0,
    lostMessages: 0,
    closed: plan.ends === 'reply',
    ending: plan.truncated ? truncated(writing.ending) : writing.ending,
    ...keepingAfter(writing, plan, goesOn, writing.lastStartMs ?? nowMs),
    progress: {
      ...progress,
      msgKeys: withKey(progress.msgKeys, msgKey),
      message: goesOn
        ? withNext(writing.way, progress.message, plan.text, msgKey, underWay?.atMs ?? nowMs)
        : unsentMessage(plan.reopen),
      sentChars: progress.sentChars + plan.taken,
      truncated: progress.truncated || plan.truncated,
      firstTextAtMs: progress.firstTextAtMs ?? nowMs,
      lastTextAtMs: nowMs,
    },
  }
}

/** What was stopped, or failed, did so before there was too much of it. */
const truncated = (ending: Ending): Ending =>
  ending.status === 'finished' ? { status: 'failed', failure: tooLong } : ending

const withNext = (
  way: Way,
  message: MessageProgress,
  text: string,
  msgKey: MsgKey,
  atMs: number,
): MessageProgress =>
  way.afterLostAnswer === 'repeat'
    ? withNumberedChunk(message, text, msgKey, way.carriedChars, atMs)
    : withChunk(message, text, msgKey)

const withKey = (msgKeys: readonly MsgKey[], msgKey: MsgKey | undefined): readonly MsgKey[] =>
  msgKey === undefined || msgKeys.includes(msgKey) ? msgKeys : [...msgKeys, msgKey]

/** After a call that was not applied, and may be made again from `retryAtMs` on. */
export const repeatLater = (writing: Writing, retryAtMs: number, slower: boolean): Writing => ({
  ...writing,
  pace: slower ? widened(writing.pace) : writing.pace,
  retryAtMs,
})

/** After somebody stopped the reply: the call that closes it waits for no back-off, since a user does. */
export const atOnce = (writing: Writing): Writing => ({ ...writing, retryAtMs: 0 })

/** After a chunk was too much for its message: half of it may still find room. */
export const shrunk = (writing: Writing, plan: ChunkPlan): Writing => ({
  ...writing,
  limitBytes: writing.progress.message.bytes + Math.floor(chunkBytes(plan.text) / 2),
})

/** After a call under way was not applied; `lost` says when it may have been all the same, where nobody knows. */
export const openingFailed = (writing: Writing, lost?: Span): Writing => ({
  ...writing,
  progress:
    lost === undefined ? openingKnown(writing.progress) : openingLost(writing.progress, lost),
})

/** After it is known that the call under way was not applied, nor ever will be. */
export const callDropped = (writing: Writing): Writing => ({
  ...writing,
  progress: withoutCall(writing.progress),
})

const withoutCall = ({ underWay: _, ...progress }: Progress): Progress => progress

/** After any call that was not applied, or not known to be. */
export const callFailed = (writing: Writing, nowMs: number): Writing => ({
  ...writing,
  failures: writing.failures + 1,
  failingSinceMs: writing.failingSinceMs ?? nowMs,
})

/** The rest goes into a new message; `leftOpen` where the one before it may still be open. */
export const abandonMessage = (writing: Writing, leftOpen?: MsgKey): Writing => ({
  ...writing,
  lostMessages: writing.lostMessages + 1,
  limitBytes: writing.messageBytes,
  tail: '',
  progress: {
    ...withoutCall(writing.progress),
    ...(leftOpen === undefined
      ? {}
      : { leftOpen: [...(writing.progress.leftOpen ?? []), leftOpen] }),
    message: unsentMessage(fenceAround(writing.progress.message.fence).reopen),
  },
})

/** Counts what the receipt shows. */
export const counted = (writing: Writing, counter: 'lostAnswers' | 'inDoubt'): Writing => ({
  ...writing,
  progress: { ...writing.progress, [counter]: writing.progress[counter] + 1 },
})
