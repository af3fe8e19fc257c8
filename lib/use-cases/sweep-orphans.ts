import type { ReplyId } from '../core/reply/reply.ts'
import type { InvocationSignals } from '../ports.ts'
import { takeUpReply } from '../reply/resume.ts'
import type { WriterDeps, WriterSettings } from '../reply/session.ts'

/** Replies that are looked at in one go, and how many of them at the same time. */
const BATCH = 100
const AT_ONCE = 25
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
 * any and the invocation has time. One that fails does not stop the others: it comes up again with the next sweep.
 */
export const sweepOrphans = async (
  deps: WriterDeps,
  settings: WriterSettings,
  signals: InvocationSignals,
): Promise<Sweep> => {
  const seen = new Set<ReplyId>()
  let ended = 0
  let failed = 0
  const comesAgain = async (replyId: ReplyId): Promise<boolean> => {
    if (deps.queue === undefined) return false
    const record = await deps.store.read(replyId)
    if (record?.kind !== 'turn') return false
    return deps.clock.now() < record.leaseUntilMs + TURN_COMES_AGAIN_MS
  }
  const sweepOne = async (replyId: ReplyId) => {
    try {
      if (await comesAgain(replyId)) return
      const receipt = await takeUpReply(deps, settings, replyId, signals, { sweeping: true })
      if (receipt?.how === 'ended') ended += 1
      deps.log.info('orphan', { replyId, how: receipt?.how ?? 'held' })
    } catch (error) {
      failed += 1
      deps.log.warn('orphan-failed', { replyId, error: String(error) })
    }
  }

  for (;;) {
    const listed = await deps.store.listOrphans(deps.clock.now(), BATCH)
    const due = listed.filter((replyId) => !seen.has(replyId))
    if (due.length === 0 || signals.handOver.aborted) {
      deps.metrics?.record({ Orphans: seen.size })
      return { found: seen.size, ended, failed }
    }
    for (const replyId of due) seen.add(replyId)
    await atOnce(due, AT_ONCE, sweepOne, signals.handOver)
  }
}

/** Works on a list, `width` items at a time, and begins none once `signal` has aborted. */
const atOnce = async <T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  const rest = [...items]
  const lane = async () => {
    for (let item = rest.shift(); item !== undefined && !signal.aborted; item = rest.shift()) {
      await work(item)
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
}
