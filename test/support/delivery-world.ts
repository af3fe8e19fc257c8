import { tencentChatApi } from '../../lib/adapters/tencent/tencent-chat-api.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import { DEFAULT_NOTICES } from '../../lib/core/reply/notice.ts'
import type { Progress, ReplyId } from '../../lib/core/reply/reply.ts'
import type { Log, Metrics, ReplyStore } from '../../lib/ports.ts'
import { deliverReply } from '../../lib/reply/deliver.ts'
import type { Receipt } from '../../lib/reply/receipt.ts'
import type { WriterDeps, WriterSettings } from '../../lib/reply/session.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import { type FaultPlan, noFaults } from '../../local/simulator/faults.ts'
import { chatRules } from '../../local/simulator/rules.ts'
import { type Latency, simulatedService } from '../../local/simulator/service.ts'
import type { ChatSettings } from '../../local/simulator/settings.ts'
import { simulatedTransport } from '../../local/simulator/transport.ts'
import type { Token } from './trace.ts'
import { virtualClock } from './virtual-clock.ts'

export { readTrace, type Token, TRACES, textOf } from './trace.ts'

export const conversation = { from: '@RBT#bot', to: 'user01' }

export const settings: WriterSettings = {
  minGapMs: 200,
  messageBytes: 11_264,
  leaseMs: 15_000,
  inDoubt: 'verify',
  notices: DEFAULT_NOTICES,
}

interface WorldOptions {
  readonly latencyMs?: Latency
  readonly faults?: FaultPlan
  /** How far the service's clock is ahead of the sandboxes', in ms. */
  readonly aheadMs?: number
  readonly rules?: Partial<ChatSettings>
  readonly store?: ReplyStore
  readonly log?: Log
  readonly metrics?: Metrics
}

const silent: Log = { info: () => {}, warn: () => {} }

/** A simulated Tencent Chat, a store and a clock, all in virtual time. */
export const deliveryWorld = ({
  latencyMs = 80,
  faults = noFaults,
  aheadMs = 0,
  ...given
}: WorldOptions = {}) => {
  const clock = virtualClock()
  const rules = chatRules(given.rules)
  const service = simulatedService({ rules, clock, latencyMs, faults, aheadMs })
  const transport = simulatedTransport(service)
  const deps: WriterDeps = {
    chatApi: tencentChatApi(transport, { forgetSignature: () => {}, clock }),
    store: given.store ?? memoryReplyStore(),
    clock,
    random: () => 0.5,
    log: given.log ?? silent,
    ...(given.metrics === undefined ? {} : { metrics: given.metrics }),
  }
  const handOver = new AbortController()

  async function* play(tokens: readonly Token[]) {
    const startMs = clock.now()
    for (const { t, text } of tokens) {
      await clock.sleep(startMs + t - clock.now())
      yield text
    }
  }
  const begin = (replyId = 'reply-1') => {
    const nowMs = clock.now()
    return deps.store.begin(
      {
        replyId: replyId as ReplyId,
        kind: 'turn',
        conversation,
        createdAtMs: nowMs,
        progress: unsentProgress(nowMs),
        piecewise: false,
      },
      nowMs + settings.leaseMs,
    )
  }
  /** Delivers a reply from its first to its last chunk. */
  const deliver = async (
    deltas: AsyncIterable<string>,
    changes: Partial<WriterSettings> & { readonly replyId?: string; readonly merge?: boolean } = {},
  ): Promise<Progress & Receipt> => {
    const { replyId = 'reply-1', merge = true, ...rest } = changes
    const { record } = await begin(replyId)
    const receipt = await deliverReply(
      deps,
      { ...settings, ...rest },
      { record, deltas, merge },
      handOver.signal,
    )
    return { ...receipt.progress, ...receipt }
  }
  const sends = () => service.calls.filter(({ command }) => command === 'send_stream_msg')
  const shown = () => rules.messages().filter(({ from }) => from === conversation.from)

  return {
    clock,
    rules,
    service,
    deps,
    deliver,
    play,
    /** The calls that carried chunks. */
    sends,
    /** The bot's messages. */
    shown,
    text: () =>
      shown()
        .map(({ text }) => text)
        .join(''),
    begin,
    /** Somebody presses Stop. */
    stop: () => deps.store.requestCancel('reply-1' as ReplyId),
    handOver: () => handOver.abort(),
    run: <T>(work: Promise<T>) => clock.run(work),
  }
}
