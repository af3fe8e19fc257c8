import { MAX_NOTED_TURNS, type NotedTurn } from '../../core/conversation/user-limits.ts'
import { conversationParts } from '../../core/reply/conversation.ts'
import type { Conversation, ReplyId } from '../../core/reply/reply.ts'
import type { Clock, UserRecords } from '../../ports.ts'
import { digest } from '../runtime/digest.ts'
import { mysqlRecords, type RecordsOptions } from './records.ts'
import { jsonIn } from './row-values.ts'
import type { Columns } from './session.ts'

/** Longer than any turn counts, or any pause lasts that is asked for once. */
const KEPT_SECONDS = 2 * 86_400

interface Known {
  readonly turns: readonly NotedTurn[]
  readonly pausedUntilMs?: number
  readonly pauseNoticeOf?: ReplyId
}

const nothing: Known = { turns: [] }

/** UserIDs may be of any length. */
const idOfUser = (conversation: Conversation): string => digest(conversationParts(conversation))

const knownIn = (row: Columns | undefined): Known =>
  (row && jsonIn<Known>(row, 'record')) ?? nothing

/** `UserRecords` in the table `user`. */
export const mysqlUserRecords = (
  options: RecordsOptions & { readonly clock: Pick<Clock, 'now'> },
): UserRecords => {
  const { clock } = options
  const users = mysqlRecords('user', ['record'], options)

  /** `neededMs` is until when it counts for something. */
  const kept = (known: Known, neededMs = clock.now()): Columns => ({
    record: JSON.stringify(known),
    expires_at: Math.ceil(neededMs / 1_000) + KEPT_SECONDS,
  })
  const unpaused = ({ turns }: Known): Known => ({ turns })

  return {
    note: (conversation, turn) =>
      users.change(idOfUser(conversation), (row) => {
        const known = knownIn(row)
        const { turns, pausedUntilMs = 0 } = known
        const isPaused = pausedUntilMs > clock.now()
        const outcome = { turns, ...(isPaused ? { pausedUntilMs } : {}) }
        const isNoted = turns.some(({ replyId }) => replyId === turn.replyId)
        // Whoever writes without end finds an end here.
        if (isNoted || turns.length >= MAX_NOTED_TURNS) return { outcome }
        const next = { ...known, turns: [...turns, turn] }
        return { outcome, next: kept(next, Math.max(clock.now(), pausedUntilMs)) }
      }),
    async drop(conversation, gone) {
      if (gone.length === 0) return
      const names = new Set(gone.map(({ replyId }) => replyId))
      await users.change(idOfUser(conversation), (row) => {
        if (row === undefined) return { outcome: undefined }
        const known = knownIn(row)
        const turns = known.turns.filter(({ replyId }) => !names.has(replyId))
        return { outcome: undefined, next: { record: JSON.stringify({ ...known, turns }) } }
      })
    },
    pause: (conversation, untilMs) =>
      users.change(idOfUser(conversation), (row) => {
        const next = { ...unpaused(knownIn(row)), pausedUntilMs: untilMs }
        return { outcome: undefined, next: kept(next, untilMs) }
      }),
    resume: (conversation) =>
      users.change(idOfUser(conversation), (row) => ({
        outcome: undefined,
        ...(row === undefined ? {} : { next: { record: JSON.stringify(unpaused(knownIn(row))) } }),
      })),
    claimPauseNotice: (conversation, replyId) =>
      users.change(idOfUser(conversation), (row) => {
        const known = knownIn(row)
        const { pauseNoticeOf, pausedUntilMs } = known
        if (pauseNoticeOf !== undefined) return { outcome: pauseNoticeOf === replyId }
        return {
          outcome: true,
          next: kept({ ...known, pauseNoticeOf: replyId }, pausedUntilMs),
        }
      }),
    forget: (conversation) => users.remove(idOfUser(conversation)),
  }
}
