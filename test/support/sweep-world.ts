import type { MetricValues } from '../../lib/core/metric-names.ts'
import type { Continuation } from '../../lib/core/reply/continuation.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { NewReply } from '../../lib/core/reply/record.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { Clock, ReplyStore } from '../../lib/ports.ts'
import type { WriterDeps, WriterSettings } from '../../lib/reply/writer-deps.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import {
  conversation,
  deliveryWorld,
  HAND_OVER_MS,
  invocation,
  settings as usual,
} from './delivery-world.ts'

const MINUTE_MS = 60_000

interface SweepWorldOptions extends NonNullable<Parameters<typeof deliveryWorld>[0]> {
  /** What becomes of the store's calls on their way. */
  readonly through?: (store: ReplyStore, clock: Clock) => ReplyStore
  readonly withQueue?: boolean
  readonly storeLatencyMs?: number
  readonly settings?: Partial<WriterSettings>
}

/** Replies whose writers are dead, and the schedule that sweeps them each minute, in virtual time. */
export const sweepWorld = ({
  through = (store) => store,
  withQueue = false,
  storeLatencyMs = 0,
  settings: changes = {},
  ...options
}: SweepWorldOptions = {}) => {
  const metrics: MetricValues[] = []
  const world = deliveryWorld({
    ...options,
    metrics: { record: (values) => metrics.push(values) },
  })
  const { clock } = world
  const store = memoryReplyStore({ clock, latencyMs: storeLatencyMs })
  const queued: (Continuation & { readonly atMs: number })[] = []
  const queue = {
    continueLater: async (continuation: Continuation) => {
      queued.push({ ...continuation, atMs: clock.now() - startMs })
    },
  }
  const deps: WriterDeps = {
    ...world.deps,
    store: through(store, clock),
    ...(withQueue ? { queue } : {}),
  }
  const settings = { ...usual, ...changes }
  const startMs = clock.now()

  return {
    ...world,
    deps,
    store,
    settings,
    metrics,
    queued,
    /** Time since the start, in ms. */
    sinceStartMs: () => clock.now() - startMs,
    /** A reply whose writer died before its first call, its lease over `agoMs` before the start. */
    orphan: (name: string, agoMs: number, changes: Partial<NewReply> = {}): Promise<unknown> =>
      store.begin(
        {
          replyId: name as ReplyId,
          kind: 'whole',
          conversation: { from: conversation.from, to: `user-${name}` },
          createdAtMs: startMs - agoMs - 15_000,
          progress: unsentProgress(startMs - agoMs - 15_000),
          pieces: [`The whole text of ${name}.`],
          piecewise: false,
          ...changes,
        },
        startMs - agoMs,
      ),
    /** Sweeps once a minute, each sweep until it is done or the platform ends it. */
    sweepFor: async (minutes: number, own: WriterDeps = deps): Promise<void> => {
      for (let minute = 0; minute < minutes; minute += 1) {
        const nextMs = clock.now() + MINUTE_MS
        const signals = invocation(clock, MINUTE_MS)
        const sweep = sweepOrphans(own, settings, signals, MINUTE_MS - HAND_OVER_MS)
        await clock.run(Promise.race([sweep, clock.sleep(MINUTE_MS)]))
        await clock.run(clock.sleep(nextMs - clock.now()))
      }
    },
    textTo: (name: string) =>
      world.rules
        .messages()
        .filter(({ to }) => to === `user-${name}`)
        .map(({ text, finished }) => ({ text, finished })),
    read: (name: string) => store.read(name as ReplyId),
  }
}
