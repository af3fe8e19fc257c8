import type { Turn } from '../core/conversation/turn.ts'
import {
  mustHaveBegun,
  type NotedTurn,
  obsoleteTurns,
  overLimit,
  type UserLimits,
} from '../core/conversation/user-limits.ts'
import { OutOfReach } from '../core/out-of-reach.ts'
import { wholeGroup } from '../core/reply/conversation.ts'
import type { Log, Metrics, ReplyStore, UserRecords, UserState } from '../ports.ts'

export interface AdmitDeps {
  readonly users: UserRecords
  readonly store: Pick<ReplyStore, 'read'>
  /** The limits of a bot. */
  readonly limitsOf: (bot: string) => UserLimits
  /** Absent where groups are not answered. */
  readonly groups?: GroupLimits
  readonly log: Log
  readonly metrics: Metrics
}

interface GroupLimits {
  /** How many turns of one group a bot answers in a minute; 0 is no limit. */
  readonly turnsPerMinute: number
}

/** What is to be done with a turn. */
export interface Admission {
  /** As it is to be answered; absent where the bot stays silent. */
  readonly turn?: Turn
  /** What need not be remembered of its user any longer. */
  readonly forgotten: readonly NotedTurn[]
}

/**
 * Notes a turn of a user, and decides whether it is asked, answered as busy, or left to a person. Where nobody can say what the
 * user has done before, it is asked: who writes to a bot waits for an answer. Never rejects.
 */
export const admitTurn = async (deps: AdmitDeps, turn: Turn): Promise<Admission> => {
  const { users, log } = deps
  const { conversation, replyId } = turn
  try {
    const [before, isGroupBusy] = await Promise.all([
      users.note(conversation, noted(turn)),
      isOverGroupLimit(deps, turn),
    ])
    if (before.pausedUntilMs !== undefined) return await pausedTurn(deps, turn, before)
    return await limitedTurn(deps, turn, before, isGroupBusy)
  } catch (error) {
    if (!(error instanceof OutOfReach)) throw error
    log.warn('turn-not-counted', { replyId, error: error.message })
    return { turn, forgotten: [] }
  }
}

const noted = ({ replyId, askedAtMs }: Turn): NotedTurn => ({ replyId, askedAtMs })

const pausedTurn = async (
  { users, log }: AdmitDeps,
  turn: Turn,
  { pausedUntilMs }: UserState,
): Promise<Admission> => {
  const { conversation, replyId } = turn
  const isFirst = await users.claimPauseNotice(conversation, replyId)
  const { from, to } = conversation
  log.info('turn-paused', { replyId, from, to, pausedUntilMs, answered: isFirst })
  const forgotten = [noted(turn)]
  return isFirst ? { turn: { ...turn, aside: 'paused' }, forgotten } : { forgotten }
}

const limitedTurn = async (
  { store, limitsOf, log, metrics }: AdmitDeps,
  turn: Turn,
  { turns: before }: UserState,
  isGroupBusy: boolean,
): Promise<Admission> => {
  const { replyId, conversation } = turn
  const limits = limitsOf(conversation.from)
  const why =
    overLimit(before, turn, limits) ??
    (isGroupBusy ? 'group' : await waitsBehindMany(store, before, turn))
  if (why === undefined) return { turn, forgotten: obsoleteTurns(before, turn, limits) }
  log.info('turn-over-limit', { replyId, why })
  metrics.record({ TurnsOverLimit: 1 }, { properties: { replyId, why } })
  return { turn: { ...turn, aside: 'busy' }, forgotten: [noted(turn)] }
}

/**
 * Notes a turn for its group as a whole, beside its asker's own: true where the group has asked too often. What counts for
 * nothing any more is taken off.
 */
const isOverGroupLimit = async (deps: AdmitDeps, turn: Turn): Promise<boolean> => {
  const { users, groups } = deps
  const perMinute = groups?.turnsPerMinute ?? 0
  const place = wholeGroup(turn.conversation)
  if (place === undefined || perMinute === 0) return false
  const limits = { perMinute, perDay: 0 }
  const { turns: before } = await users.note(place, noted(turn))
  const isOver = overLimit(before, turn, limits) !== undefined
  await users.drop(place, [
    ...obsoleteTurns(before, turn, limits),
    ...(isOver ? [noted(turn)] : []),
  ])
  return isOver
}

const waitsBehindMany = async (
  store: AdmitDeps['store'],
  before: readonly NotedTurn[],
  turn: NotedTurn,
): Promise<'waiting' | undefined> => {
  const earlier = mustHaveBegun(before, turn)
  if (earlier === undefined) return undefined
  return (await store.read(earlier.replyId)) === undefined ? 'waiting' : undefined
}
