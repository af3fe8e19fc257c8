import type { Orphan, OrphanGroup } from '../core/reply/record.ts'
import type { ReplyId } from '../core/reply/reply.ts'
import type { InvocationSignals } from '../ports.ts'
import { atOnce } from '../reply/at-once.ts'
import { settleEnded } from '../reply/settle-ended.ts'
import { sweepReply } from '../reply/sweep-reply.ts'
import { withinShare } from '../reply/time-share.ts'
import type { WriterDeps, WriterSettings } from '../reply/writer-deps.ts'

/** Replies that are looked at in one go, and how many of them at the same time. */
const BATCH = 100
const AT_ONCE = 25
/** After this many failed attempts a reply is swept alone: if it crashes the process, no other reply suffers. */
const ALONE_FROM = 3
/** The largest part of a sweep that one reply may take. */
const SHARE = 1 / 3
/** Default length of a sweep, in ms: a minute, less the time for a hand-over. */
const SWEEP_MS = 50_000
/** A turn whose worker died comes again from the queue within this time of its lease's end, in ms, and may then be answered. */
const TURN_COMES_AGAIN_MS = 45_000

/** What a sweep found: orphans by what became of them. */
export interface Sweep {
  readonly found: number
  readonly ended: number
  readonly failed: number
}

/**
 * Goes on with replies whose writer died and closes those that nobody can go on with, many at a time, as long as there are
 * any and the invocation has time. Those that no sweep has tried come first. One that fails, or takes too long, does not stop the
 * others: it comes up again with a later sweep. `workingMs` is the time until `handOver`.
 */
export const sweepOrphans = async (
  deps: WriterDeps,
  settings: WriterSettings,
  signals: InvocationSignals,
  workingMs = SWEEP_MS,
): Promise<Sweep> => {
  const { store, clock, log } = deps
  const seen = new Set<ReplyId>()
  const alone: ReplyId[] = []
  let ended = 0
  let failed = 0

  const comesAgain = ({ kind, leaseUntilMs }: Orphan): boolean =>
    deps.queue !== undefined && kind === 'turn' && clock.now() < leaseUntilMs + TURN_COMES_AGAIN_MS

  const goOn = async (replyId: ReplyId, orphan: Orphan) => {
    const swept = await withinShare(clock, signals, workingMs * SHARE, (own) =>
      sweepReply(deps, settings, replyId, orphan, own),
    )
    const receipt = swept.inTime ? swept.value : undefined
    const how = swept.inTime ? (receipt?.how ?? 'held') : 'outOfTime'
    if (how === 'ended') ended += 1
    log.info('orphan', { replyId, how })
  }
  const sweepOne = async (replyId: ReplyId, isAlone = false) => {
    try {
      const orphan = await store.readOrphan(replyId)
      if (orphan === undefined || comesAgain(orphan)) return
      if (!isAlone && (orphan.attempt?.count ?? 0) >= ALONE_FROM) alone.push(replyId)
      else await goOn(replyId, orphan)
    } catch (error) {
      failed += 1
      log.warn('orphan-failed', { replyId, error: String(error) })
    }
  }
  const sweepGroup = async (group: OrphanGroup) => {
    for (;;) {
      // Replies that stay on the list must not hide those after them.
      const listed = await store.listOrphans(clock.now(), BATCH + seen.size, group)
      const due = listed.filter((replyId) => !seen.has(replyId))
      if (due.length === 0 || signals.handOver.aborted) return
      for (const replyId of due) seen.add(replyId)
      await atOnce(due, AT_ONCE, (replyId) => sweepOne(replyId), signals.handOver)
    }
  }

  await sweepGroup('untried')
  await sweepGroup('tried')
  await atOnce(alone, 1, (replyId) => sweepOne(replyId, true), signals.handOver)
  await settleEnded(deps, signals.handOver)
  deps.metrics?.record({ Orphans: seen.size })
  return { found: seen.size, ended, failed }
}
