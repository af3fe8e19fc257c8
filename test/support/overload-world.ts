import { tencentChatApi } from '../../lib/adapters/tencent/tencent-chat-api.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { InvocationSignals, Log } from '../../lib/ports.ts'
import { rateLimit } from '../../lib/rate-limit/index.ts'
import { takeUpReply } from '../../lib/reply/resume.ts'
import type { WriterDeps } from '../../lib/reply/writer-deps.ts'
import { pushChunk } from '../../lib/use-cases/push-chunk.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import { memorySlotStore } from '../../local/memory/slot-store.ts'
import { chatRules } from '../../local/simulator/rules.ts'
import { simulatedService } from '../../local/simulator/service.ts'
import { simulatedTransport } from '../../local/simulator/transport.ts'
import { abortAfter, HAND_OVER_MS, invocation, settings } from './delivery-world.ts'
import { seededRandom } from './rate-limit-world.ts'
import { virtualClock } from './virtual-clock.ts'

export interface Overload {
  readonly replies: number
  readonly callsPerSecond: number
  /** All begin within this time; each is pushed in as many chunks, so far apart. */
  readonly spreadMs: number
  readonly chunks: number
  readonly chunkEveryMs: number
  readonly processes: number
  readonly watchedMs: number
  readonly leaseMs: number
}

export interface OverloadFigures {
  readonly calls: number
  /** Messages that are open when the time is over. */
  readonly open: number
  /** Users who have seen nothing by then. */
  readonly withNothing: number
}

const bot = '@RBT#bot'
const silent: Log = { info: () => {}, warn: () => {} }

/** Replies that are pushed to an application which may make far fewer calls than they would like to, in virtual time. */
export const overload = async (load: Overload): Promise<OverloadFigures> => {
  const random = seededRandom(3)
  const clock = virtualClock()
  const startMs = clock.now()
  const rules = chatRules({ callsPerSecond: load.callsPerSecond })
  const service = simulatedService({ rules, clock, latencyMs: () => 80 + random() * 20 })
  const slots = memorySlotStore({ clock, latencyMs: () => 5 + random() * 5 })
  const store = memoryReplyStore({ clock, latencyMs: 8 })
  const leased = { ...settings, leaseMs: load.leaseMs }
  const { callsPerSecond } = load

  const halfOf = (ms: number): InvocationSignals => ({
    ...invocation(clock, ms),
    startBy: abortAfter(clock, (ms - HAND_OVER_MS) / 2),
  })
  const process = (): WriterDeps => {
    const deps: WriterDeps = {
      chatApi: tencentChatApi(simulatedTransport(service), { forgetSignature: () => {}, clock }),
      store,
      clock,
      random,
      log: silent,
      rateLimit: rateLimit({ store: slots, clock, random, callsPerSecond, log: silent }),
      queue: {
        async continueLater({ replyId }) {
          void clock.sleep(50).then(() => takeUpReply(deps, leased, replyId, halfOf(300_000)))
        },
      },
    }
    return deps
  }
  const processes = Array.from({ length: load.processes }, process)

  const push = async (nth: number, deps: WriterDeps) => {
    const beginMs = (nth * load.spreadMs) / load.replies
    await clock.sleep(beginMs)
    for (let seq = 0; seq < load.chunks; seq += 1) {
      const chunk = {
        seq,
        text: `chunk ${seq} of reply ${nth}, `,
        finish: seq === load.chunks - 1,
        conversation: { from: bot, to: `user-${nth}` },
      }
      void pushChunk(deps, leased, `reply-${nth}` as ReplyId, chunk, halfOf(29_000))
      await clock.sleep(load.chunkEveryMs)
    }
  }
  for (let nth = 0; nth < load.replies; nth += 1) {
    const deps = processes[nth % load.processes]
    if (deps !== undefined) void push(nth, deps)
  }
  await clock.run(clock.sleep(load.watchedMs))

  const shown = rules.messages().filter(({ from }) => from === bot)
  return {
    calls: service.calls.filter(
      ({ command, startedAtMs }) =>
        command === 'send_stream_msg' && startedAtMs < startMs + load.watchedMs,
    ).length,
    open: shown.filter(({ finished }) => !finished).length,
    withNothing: load.replies - new Set(shown.map(({ to }) => to)).size,
  }
}
