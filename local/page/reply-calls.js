import { state } from './state.js'

/** @typedef {'ok' | 'doubt' | 'refused' | 'read' | 'open'} Kind */
/**
 * A call as the timeline shows it; times in ms since the reply began.
 * @typedef {{ number: number, kind: Kind, words: string, fromMs: number, toMs: number, underWay: boolean, chars: number, nextMessage: boolean }} ShownCall
 */
/** A reply with its calls. @typedef {{ replyId: string, startMs: number, stored: any, calls: ShownCall[] }} ShownReply */

/** A turn begins when its user writes, any other reply when it is stored. @param {any} stored */
const startOf = (stored) => {
  const asked = state.messages().find(({ msgKey }) => stored.replyId === `turn:${msgKey}`)
  return asked?.atMs ?? stored.createdAtMs
}

/** Replies that are stored, and the turn that is not yet. @returns {{ replyId: string, startMs: number, stored: any }[]} */
export const knownReplies = () => {
  const stored = state.replies().map((one) => ({
    replyId: one.replyId,
    startMs: startOf(one),
    stored: one,
  }))
  const turns = state
    .messages()
    .filter(({ streamed }) => !streamed)
    .map(({ msgKey, atMs }) => ({ replyId: `turn:${msgKey}`, startMs: atMs, stored: undefined }))
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

/**
 * The calls of a reply. Those that no message names yet belong to the reply in whose time they fall.
 * @param {{ replyId: string, startMs: number, stored: any }} reply @param {number} untilMs
 * @returns {ShownReply}
 */
export const withCalls = (reply, untilMs) => {
  const msgKeys = new Set(reply.stored?.item.progress?.msgKeys ?? [])
  const mine = state.calls().filter((call) => {
    if (call.msgKey !== undefined && msgKeys.has(call.msgKey)) return true
    return call.startedAtMs >= reply.startMs && call.startedAtMs < untilMs
  })
  const story = newStory()
  const calls = mine.map((call, index) => ({
    ...story.tell(call),
    number: index + 1,
    fromMs: call.startedAtMs - reply.startMs,
    toMs: (call.endedAtMs ?? Math.max(call.startedAtMs, Date.now())) - reply.startMs,
    underWay: call.endedAtMs === undefined,
    chars: call.chars,
  }))
  return { ...reply, calls }
}
