import { isSame, messagesOf, pairOf, pairOfEnds } from './pairs.js'
import { whyOf } from './reasons.js'
import { state } from './state.js'

/** @typedef {import('./state.js').Pair} Pair */
/** @typedef {{ replyId: string, startMs: number, stored: any, pair: Pair }} KnownReply */

/** @typedef {'ok' | 'doubt' | 'refused' | 'read' | 'open'} Kind */
/**
 * A call as the timeline shows it; times in ms since the reply began.
 * @typedef {{ name: string, at: number, kind: Kind, words: string, why: string, applied: boolean, fromMs: number, toMs: number, underWay: boolean, chars: number, nextMessage: boolean }} ShownCall
 */
/** A reply with its calls. @typedef {KnownReply & { calls: ShownCall[] }} ShownReply */

/** A turn begins when its user writes, any other reply when it is stored. @param {any} stored */
const startOf = (stored) => {
  const asked = state.messages().find(({ msgKey }) => stored.replyId === `turn:${msgKey}`)
  return asked?.atMs ?? stored.createdAtMs
}

/**
 * The replies of a conversation that are stored, and the turn that is not yet. At the real service, all of them.
 * @param {Pair} pair @returns {KnownReply[]}
 */
export const knownReplies = (pair) => {
  const isMine = (/** @type {any} */ ends) => {
    const its = pairOfEnds(ends)
    return !state.place().simulated || (its !== undefined && isSame(its, pair))
  }
  const stored = state
    .replies()
    .filter(({ item }) => isMine(item.conversation))
    .map((one) => ({ replyId: one.replyId, startMs: startOf(one), stored: one, pair }))
  const turns = messagesOf(pair)
    .filter(({ streamed }) => !streamed)
    .map(({ msgKey, atMs }) => ({
      replyId: `turn:${msgKey}`,
      startMs: atMs,
      stored: undefined,
      pair,
    }))
    .filter(({ replyId }) => !stored.some((one) => one.replyId === replyId))
  return [...stored, ...turns].sort((a, b) => a.startMs - b.startMs)
}

/** Refusals after which the same text is sent again: too many calls, internal error. */
const passing = new Set([60007, 10002])

/** @param {any} call @returns {[Kind, string]} */
const judge = (call) => {
  if (call.command !== 'send_stream_msg') return ['read', 'reads the message back']
  if (call.fault !== undefined) {
    return [
      'doubt',
      call.applied ? 'in doubt: no answer, yet applied' : 'in doubt: no answer, not applied',
    ]
  }
  if (call.endedAtMs === undefined) return ['open', 'under way']
  if (call.code === 0) return ['ok', call.finish ? 'closes the message' : 'applied']
  return ['refused', call.code === 60007 ? 'refused: too many calls' : `refused: ${call.code}`]
}

/** Tells of each call what came of it, in the light of those before it. */
const newStory = () => {
  /** @type {string | undefined} */
  let lastKey
  let failed = false

  /** @param {any} call @returns {{ kind: Kind, words: string, nextMessage: boolean }} */
  const tellSend = (call) => {
    const [kind, words] = judge(call)
    const opens = lastKey === undefined && kind === 'ok' && !call.finish
    const nextMessage = lastKey !== undefined && (call.msgKey ?? lastKey) !== lastKey
    const remarks = [
      opens ? 'opens the message' : words,
      failed && 'again',
      nextMessage && 'in the next message',
    ]
    failed = passing.has(call.code) || (kind === 'doubt' && !call.applied)
    lastKey = call.msgKey ?? lastKey
    return { kind, words: remarks.filter(Boolean).join(', '), nextMessage }
  }

  return {
    /** @param {any} call */
    tell: (call) => {
      const [kind, words] = judge(call)
      return kind === 'read' ? { kind, words, nextMessage: false } : tellSend(call)
    },
  }
}

/** Whether a call is about this conversation, as far as it says. @param {any} call @param {Pair} pair */
const isAbout = (call, pair) => {
  const message = state.messages().find(({ msgKey }) => msgKey === call.msgKey)
  const its = message === undefined ? pairOfEnds(call) : pairOf(message)
  return its === undefined || isSame(its, pair)
}

/**
 * The calls of a reply. Those that no message names yet belong to the reply of the same conversation in whose time they fall.
 * Calls that send are numbered 1, 2, 3; those that read R1, R2.
 * @param {KnownReply} reply @param {number} untilMs
 * @returns {ShownReply}
 */
export const withCalls = (reply, untilMs) => {
  const msgKeys = new Set(reply.stored?.item.progress?.msgKeys ?? [])
  const mine = state.calls().filter((call) => {
    if (call.msgKey !== undefined && msgKeys.has(call.msgKey)) return true
    const inTime = call.startedAtMs >= reply.startMs && call.startedAtMs < untilMs
    return inTime && isAbout(call, reply.pair)
  })
  const story = newStory()
  let sends = 0
  let reads = 0
  const calls = mine.map((call) => {
    const told = story.tell(call)
    return {
      ...told,
      why: whyOf(told.kind, call),
      name: told.kind === 'read' ? `R${++reads}` : String(++sends),
      at: call.number,
      applied: call.applied,
      fromMs: call.startedAtMs - reply.startMs,
      toMs: (call.endedAtMs ?? Math.max(call.startedAtMs, Date.now())) - reply.startMs,
      underWay: call.endedAtMs === undefined,
      chars: call.chars,
    }
  })
  return { ...reply, calls }
}
