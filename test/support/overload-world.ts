import { tencentChatApi } from '../../lib/adapters/tencent/tencent-chat-api.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { Clock, InvocationSignals, Log, ReplyStore } from '../../lib/ports.ts'
import { rateLimit } from '../../lib/rate-limit/index.ts'
import { takeUpReply } from '../../lib/reply/resume.ts'
import type { WriterDeps } from '../../lib/reply/writer-deps.ts'
import { pushChunk } from '../../lib/use-cases/push-chunk.ts'
import { sendReply } from '../../lib/use-cases/send-reply.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import { memorySlotStore } from '../../local/memory/slot-store.ts'
import { chatRules } from '../../local/simulator/rules.ts'
import { simulatedService } from '../../local/simulator/service.ts'
import { simulatedTransport } from '../../local/simulator/transport.ts'
import { abortAfter, HAND_OVER_MS, invocation, settings } from './delivery-world.ts'
import { mostInASecond, seededRandom } from './rate-limit-world.ts'
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
  /** Pushed chunk by chunk (usually), or given whole and typed at such a rate that it takes as long. */
  readonly kind?: 'pushed' | 'typed'
  /** What becomes of the calls of the table of replies on their way. */
  readonly through?: (store: ReplyStore, clock: Clock) => ReplyStore
}

export interface OverloadFigures {
  readonly calls: number
  /** The most calls that began within any second. */
  readonly mostInASecond: number
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
  const { through = (store) => store, kind = 'pushed' } = load
  const store = through(memoryReplyStore({ clock, latencyMs: 8 }), clock)
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

  const pieceOf = (nth: number, seq: number) => `chunk ${seq} of reply ${nth}, `
  const type = async (nth: number, deps: WriterDeps) => {
    const pieces = Array.from({ length: load.chunks }, (_, seq) => pieceOf(nth, seq))
    const reply = {
      replyId: `reply-${nth}` as ReplyId,
      conversation: { from: bot, to: `user-${nth}` },
      pieces,
      piecewise: false,
      charsPerSecond: pieces.join('').length / ((load.chunks * load.chunkEveryMs) / 1_000),
    }
    await sendReply(deps, leased, reply, halfOf(29_000))
  }
  const push = async (nth: number, deps: WriterDeps) => {
    for (let seq = 0; seq < load.chunks; seq += 1) {
      const chunk = {
        seq,
        text: pieceOf(nth, seq),
        finish: seq === load.chunks - 1,
        conversation: { from: bot, to: `user-${nth}` },
      }
      void pushChunk(deps, leased, `reply-${nth}` as ReplyId, chunk, halfOf(29_000))
      await clock.sleep(load.chunkEveryMs)
    }
  }
  for (let nth = 0; nth < load.replies; nth += 1) {
    const deps = processes[nth % load.processes]
    if (deps === undefined) continue
    const beginMs = (nth * load.spreadMs) / load.replies
    void clock.sleep(beginMs).then(() => (kind === 'pushed' ? push : type)(nth, deps))
  }
  await clock.run(clock.sleep(load.watchedMs))

  const shown = rules.messages().filter(({ from }) => from === bot)
  const startsMs = service.calls
    .filter(({ command }) => command === 'send_stream_msg')
    .map(({ startedAtMs }) => startedAtMs)
    .toSorted((a, b) => a - b)
  return {
    mostInASecond: mostInASecond(startsMs),
    calls: service.calls.filter(
      ({ command, startedAtMs }) =>
        command === 'send_stream_msg' && startedAtMs < startMs + load.watchedMs,
    ).length,
    open: shown.filter(({ finished }) => !finished).length,
    withNothing: load.replies - new Set(shown.map(({ to }) => to)).size,
  }
}
