import { tencentChatApi } from '../../lib/adapters/tencent/tencent-chat-api.ts'
import { tencentWays } from '../../lib/adapters/tencent/ways.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import { DEFAULT_NOTICES } from '../../lib/core/reply/notice.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { Log } from '../../lib/ports.ts'
import { rateLimit } from '../../lib/rate-limit/index.ts'
import { deliverReply } from '../../lib/reply/deliver.ts'
import type { WriterDeps, WriterSettings } from '../../lib/reply/writer-deps.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import { memorySlotStore } from '../../local/memory/slot-store.ts'
import { chatRules } from '../../local/simulator/rules.ts'
import { simulatedService } from '../../local/simulator/service.ts'
import { simulatedTransport } from '../../local/simulator/transport.ts'
import { seededRandom } from '../../test/support/rate-limit-world.ts'
import { readTrace, type Token } from '../../test/support/texts.ts'
import type { Context } from '../context.ts'
import { type EventClock, eventClock } from '../event-clock.ts'
import type { LoggedCall } from '../server/world.ts'
import { groupsOf, rounded } from '../statistics.ts'
import { type CrowdResult, type CrowdRun, crowdFigures, evenP95Ms } from './crowd.ts'

interface Load {
  readonly replies: number
  readonly processes: number
  readonly spreadMs: number
}

const LIMIT = 200
const STEP_MS = 50
const START_MS = 1_700_000_000_000

/** The trace with its tokens put together every 50 ms: as much text, fewer events. */
const coarse: readonly Token[] = [
  ...groupsOf(readTrace('english-60'), ({ t }) => Math.ceil(t / STEP_MS) * STEP_MS),
].map(([t, list]) => ({ t, text: list.map(({ text }) => text).join('') }))
const durationMs = coarse.at(-1)?.t ?? 0

const settings: WriterSettings = {
  minGapMs: 200,
  messageBytes: 11_264,
  smoothMarkdown: true,
  leaseMs: 15_000,
  inDoubt: 'verify',
  ways: tencentWays(),
  notices: DEFAULT_NOTICES,
}

/** The real delivery loop and budget in virtual time, against the simulator's rules: more replies than two cores can play. */
export const virtualCrowd = async (context: Context): Promise<CrowdResult> => {
  const burst = (replies: number): Load => ({ replies, processes: 8, spreadMs: durationMs })
  // As many start a second as keep 200 under way.
  const steady = (replies: number): Load => ({
    replies,
    processes: 100,
    spreadMs: (replies / LIMIT) * durationMs,
  })
  const loads =
    context.mode === 'quick'
      ? [burst(200), burst(500), steady(600)]
      : [burst(200), burst(500), burst(2_000), steady(10_000)]
  const runs: CrowdRun[] = []
  for (const load of loads) {
    runs.push(await playLoad(load))
    context.say(`${load.replies} replies in virtual time`)
  }
  return { runs }
}

const playLoad = async (load: Load): Promise<CrowdRun> => {
  const random = seededRandom(1)
  const clock = eventClock(START_MS)
  const service = simulatedService({
    rules: chatRules({ callsPerSecond: LIMIT }),
    clock,
    latencyMs: () => 80 + random() * 20,
  })
  const slots = memorySlotStore({ clock, latencyMs: () => 5 + random() * 5 })
  const log: Log = { info: () => {}, warn: () => {} }
  const workers = Array.from(
    { length: load.processes },
    (): WriterDeps => ({
      chatApi: tencentChatApi(simulatedTransport(service), { forgetSignature: () => {}, clock }),
      store: memoryReplyStore({ clock, latencyMs: 8 }),
      clock,
      random,
      log,
      rateLimit: rateLimit({ store: slots, clock, random, callsPerSecond: LIMIT, log }),
    }),
  )
  const replies = Array.from({ length: load.replies }, (_, nth) => ({
    to: `user-${nth}`,
    startAtMs: START_MS + 1_000 + Math.round((nth * load.spreadMs) / load.replies),
  }))
  const playing = replies.flatMap((reply, nth) => {
    const deps = workers[nth % workers.length]
    return deps === undefined ? [] : [deliver(clock, deps, reply)]
  })
  await clock.run(Promise.all(playing))
  const calls = service.calls
    .filter(({ command }) => command === 'send_stream_msg')
    .map(
      (call): LoggedCall => ({
        conversation: call.to ?? '',
        // What counts at the service is when a call arrives there.
        startedAtMs: call.appliedAtMs ?? call.startedAtMs,
        ...(call.appliedAtMs === undefined ? {} : { appliedAtMs: call.appliedAtMs }),
        does: 'append',
        message: call.msgKey ?? '',
        text: call.text ?? '',
        closes: call.finish,
      }),
    )
  const underWay = Math.min(load.replies, (load.replies * durationMs) / load.spreadMs)
  return {
    time: 'virtual',
    replies: load.replies,
    processes: load.processes,
    spreadSeconds: rounded(load.spreadMs / 1_000, 1),
    ...crowdFigures(calls, replies, coarse),
    evenP95Ms: evenP95Ms(underWay),
  }
}

const never = new AbortController().signal

const deliver = async (
  clock: EventClock,
  deps: WriterDeps,
  { to, startAtMs }: { readonly to: string; readonly startAtMs: number },
): Promise<void> => {
  await clock.sleep(startAtMs - 20 - clock.now())
  const nowMs = clock.now()
  const { record } = await deps.store.begin(
    {
      replyId: to as ReplyId,
      kind: 'turn',
      conversation: { from: '@RBT#bot', to },
      createdAtMs: nowMs,
      progress: unsentProgress(nowMs),
      piecewise: false,
    },
    nowMs + settings.leaseMs,
  )
  async function* play() {
    for (const { t, text } of coarse) {
      await clock.sleep(startAtMs + t - clock.now())
      yield text
    }
  }
  await deliverReply(deps, settings, { record, deltas: play(), merge: true }, never)
}
