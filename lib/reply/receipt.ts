import type { ReplyRecord } from '../core/reply/record.ts'
import type { Progress, ReplyFailure, ReplyId, ReplyStatus } from '../core/reply/reply.ts'
import type { WriterDeps } from './writer-deps.ts'

/** What became of a reply in this invocation. */
export interface Receipt {
  readonly replyId: ReplyId
  readonly status: ReplyStatus
  readonly failure?: ReplyFailure
  /** `unreachable`: the service took nothing for two minutes. All but `ended` leave the reply open. */
  readonly how: 'ended' | 'handedOver' | 'released' | 'superseded' | 'unreachable'
  readonly progress: Progress
  /** False when a call may still be under way whose answer was not awaited. */
  readonly settled: boolean
}

/** Publishes the figures of a reply that has ended; without the lag where its text was known from the start. */
export const publishFigures = (
  { metrics, clock }: WriterDeps,
  { kind, createdAtMs }: ReplyRecord,
  { replyId, status, failure, progress }: Receipt,
  lagMs: number,
): void => {
  if (metrics === undefined) return
  const { firstTextAtMs, calls, retries, lostAnswers, inDoubt, msgKeys } = progress
  const properties = { replyId, status }
  metrics.record(
    {
      Calls: calls,
      Retries: retries,
      LostAnswers: lostAnswers,
      InDoubt: inDoubt,
      Rollovers: Math.max(msgKeys.length - 1, 0),
      ReplyDurationMs: clock.now() - createdAtMs,
      ...(kind === 'whole' ? {} : { LagMs: lagMs }),
      ...(firstTextAtMs === undefined ? {} : { FirstTextMs: firstTextAtMs - createdAtMs }),
    },
    { properties },
  )
  if (failure === undefined) return
  metrics.record({ RepliesFailed: 1 }, { dimensions: { reason: failure.reason }, properties })
}
