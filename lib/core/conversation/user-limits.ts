import type { ReplyId } from '../reply/reply.ts'

/** A turn, as it is remembered for the limits of its user. */
export interface NotedTurn {
  readonly replyId: ReplyId
  readonly askedAtMs: number
}

/** How many turns of one user a bot answers; 0 is no limit. */
export interface UserLimits {
  readonly perMinute: number
  readonly perDay: number
}

/** Why a turn is over the limit. */
export type OverLimit = 'minute' | 'day'

/** Turns of one user that may wait for their answers. */
export const MAX_WAITING_TURNS = 10

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Longer ago no turn waits any more. */
const WAIT_MS = 3_600_000
/** So many that count for nothing any more are left, so that they need not be taken off one by one. */
const LEFT_TURNS = 12

/**
 * Whether a turn is over the limit, by those noted before it came: counted are all that were asked within the window that
 * ends with it. One that had been noted is not: it came before, and was let in.
 */
export const overLimit = (
  before: readonly NotedTurn[],
  turn: NotedTurn,
  { perMinute, perDay }: UserLimits,
): OverLimit | undefined => {
  if (before.some(({ replyId }) => replyId === turn.replyId)) return undefined
  const within = (ms: number): number =>
    before.filter(({ askedAtMs }) => askedAtMs > turn.askedAtMs - ms).length
  if (perMinute > 0 && within(MINUTE_MS) >= perMinute) return 'minute'
  if (perDay > 0 && within(DAY_MS) >= perDay) return 'day'
  return undefined
}

/**
 * The turn that must have begun where no more than `MAX_WAITING_TURNS` wait, this one among them, since those of a conversation
 * are answered in their order; `undefined` where there were not that many.
 */
export const mustHaveBegun = (
  before: readonly NotedTurn[],
  turn: NotedTurn,
): NotedTurn | undefined =>
  newestFirst(
    before.filter(
      ({ replyId, askedAtMs }) => replyId !== turn.replyId && askedAtMs > turn.askedAtMs - WAIT_MS,
    ),
  )[MAX_WAITING_TURNS - 1]

/** Noted turns that count for nothing any more; none as long as they are few. */
export const obsoleteTurns = (
  before: readonly NotedTurn[],
  turn: NotedTurn,
  { perDay }: UserLimits,
): readonly NotedTurn[] => {
  const keptMs = perDay > 0 ? DAY_MS : MINUTE_MS
  const obsolete = newestFirst(before)
    .slice(MAX_WAITING_TURNS)
    .filter(({ askedAtMs }) => askedAtMs <= turn.askedAtMs - keptMs)
  return obsolete.length > LEFT_TURNS ? obsolete : []
}

/** Noted turns that a record holds at most; beyond it, turns are answered as over the limit. */
export const MAX_NOTED_TURNS = 1_200

const newestFirst = (turns: readonly NotedTurn[]): readonly NotedTurn[] =>
  turns.slice().sort((a, b) => b.askedAtMs - a.askedAtMs)
