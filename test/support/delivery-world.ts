import type { GroupForm } from '../../lib/adapters/tencent/modify/send.ts'
import { tencentChatApi } from '../../lib/adapters/tencent/tencent-chat-api.ts'
import { tencentWays } from '../../lib/adapters/tencent/ways.ts'
import type { PastTurn } from '../../lib/core/conversation/source-request.ts'
import { type Turn, turnReplyId } from '../../lib/core/conversation/turn.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import { DEFAULT_NOTICES } from '../../lib/core/reply/notice.ts'
import type { Conversation, MsgKey, Progress, ReplyId } from '../../lib/core/reply/reply.ts'
import type {
  Clock,
  InvocationSignals,
  Log,
  Metrics,
  ReplySource,
  ReplyStore,
} from '../../lib/ports.ts'
import { deliverReply } from '../../lib/reply/deliver.ts'
import type { Receipt } from '../../lib/reply/receipt.ts'
import type { WriterDeps, WriterSettings } from '../../lib/reply/writer-deps.ts'
import type { TurnDeps, TurnSettings } from '../../lib/use-cases/answer-turn.ts'
import { runTurn } from '../../lib/use-cases/run-turn.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import { type FaultPlan, noFaults } from '../../local/simulator/faults.ts'
import { chatRules } from '../../local/simulator/rules.ts'
import { type Latency, simulatedService } from '../../local/simulator/service.ts'
import type { ChatSettings } from '../../local/simulator/settings.ts'
import { simulatedTransport } from '../../local/simulator/transport.ts'
import type { MortalProcess } from './mortal.ts'
import { readTrace, type Token } from './texts.ts'
import { virtualClock } from './virtual-clock.ts'

export { readTrace, type Token, TRACES, textOf } from './texts.ts'

export const conversation = { from: '@RBT#bot', to: 'user01' }

export const settings: WriterSettings = {
  ways: tencentWays(),
  minGapMs: 200,
  messageBytes: 11_264,
  smoothMarkdown: true,
  leaseMs: 15_000,
  inDoubt: 'verify',
  notices: DEFAULT_NOTICES,
}

interface WorldOptions {
  /** Whom the bot writes to; the usual user where absent. */
  readonly to?: Conversation
  readonly groupForm?: GroupForm
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

type Begins = Pick<WriterDeps, 'store' | 'clock'>

/** Begins the reply to a turn, and takes its lease. */
const beginTurn = (
  { store, clock }: Begins,
  { leaseMs }: Pick<WriterSettings, 'leaseMs'>,
  {
    to = conversation,
    replyId = 'reply-1',
  }: { readonly to?: Conversation | undefined; readonly replyId?: string | undefined } = {},
) => {
  const nowMs = clock.now()
  return store.begin(
    {
      replyId: replyId as ReplyId,
      kind: 'turn',
      conversation: to,
      createdAtMs: nowMs,
      progress: unsentProgress(nowMs),
      piecewise: false,
    },
    nowMs + leaseMs,
  )
}

/** Writes a text that nobody else has, as the answer of a model is, a piece each `everyMs`. */
export const writeTurn = async (
  deps: WriterDeps,
  own: WriterSettings,
  pieces: readonly string[],
  {
    everyMs,
    clock = deps.clock,
    to,
  }: { readonly everyMs: number; readonly clock?: Clock; readonly to?: Conversation },
): Promise<Receipt> => {
  const { record } = await beginTurn(deps, own, { to })
  async function* deltas() {
    for (const piece of pieces) {
      yield piece
      await clock.sleep(everyMs)
    }
  }
  const never = new AbortController().signal
  return deliverReply(deps, own, { record, deltas: deltas(), merge: true }, never)
}

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
    chatApi: tencentChatApi(transport, {
      forgetSignature: () => {},
      clock,
      calls: { groupForm: given.groupForm ?? 'stream', keepAliveEvent: 'data' },
    }),
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
  const to = given.to ?? conversation
  const begin = (replyId?: string) => beginTurn(deps, settings, { to, replyId })
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
  const shown = () => {
    rules.endSilent(clock.now())
    return rules.messages().filter(({ from }) => from === to.from)
  }

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

/** The writer's, and what a turn needs beside. */
export const turnSettings: TurnSettings = {
  ...settings,
  sourceTimeoutMs: 20_000,
  answerLimitMs: 1_800_000,
}
const answerTokens = readTrace('english-60')

/** The user's turn of this number. */
export const turnOf = (n: number): Turn => ({
  replyId: turnReplyId(`${n}_2_1700000000` as MsgKey),
  conversation,
  text: `question ${n}`,
  askedAtMs: 1_699_999_999_000,
})
export const turn = turnOf(1)

/** What a source did, as its upstream would see it. */
interface Upstream {
  readonly asked: { readonly text: string; readonly history: readonly PastTurn[] }[]
  letGoAtMs?: number
}

/** Plays tokens at their times; the upstream sees when nobody wants more. */
export const traceSource =
  (clock: Clock, upstream: Upstream, played: readonly Token[] = answerTokens): ReplySource =>
  ({ turn: { text: asked }, history, signal, reportUsage }) => {
    upstream.asked.push({ text: asked, history })
    signal.addEventListener('abort', () => {
      upstream.letGoAtMs ??= clock.now()
    })
    return (async function* () {
      const startMs = clock.now()
      for (const token of played) {
        await clock.sleep(startMs + token.t - clock.now(), signal)
        if (signal.aborted) throw new Error('aborted')
        yield token.text
      }
      reportUsage({ inputTokens: 10, outputTokens: played.length })
    })()
  }

export const forever = new Promise<never>(() => {})

/** Aborts after so much time. */
export const abortAfter = (clock: Clock, ms: number): AbortSignal => {
  const controller = new AbortController()
  void clock.sleep(ms).then(() => controller.abort())
  return controller.signal
}

/** How long before the end of an invocation its work is handed over, in ms. */
export const HAND_OVER_MS = 10_000

/** An invocation that has `remainingMs` left; the deadline comes 0.7 s before its end. */
export const invocation = (clock: Clock, remainingMs = 300_000): InvocationSignals => {
  const handOver = abortAfter(clock, remainingMs - HAND_OVER_MS)
  return { handOver, startBy: handOver, deadline: abortAfter(clock, remainingMs - 700) }
}

/** The world of `deliveryWorld`, with turns that are answered in it. */
export const turnWorld = (given: WorldOptions = {}) => {
  const world = deliveryWorld(given)
  const upstream: Upstream = { asked: [] }
  const source = traceSource(world.clock, upstream)
  const deps: TurnDeps = { ...world.deps, source }
  const answer = (changes: Partial<TurnDeps> = {}, asked = turn, remainingMs = 300_000) =>
    world.run(
      runTurn({ ...deps, ...changes }, turnSettings, asked, invocation(world.clock, remainingMs)),
    )
  /** A worker that dies, and does nothing from then on. */
  const dyingWorker = async (process: MortalProcess, says = source) => {
    const own = { ...deps, ...process.deps, source: says }
    const work = runTurn(own, turnSettings, turn, invocation(world.clock)).catch(() => forever)
    await world.run(Promise.race([work, process.death]))
  }
  const finished = () => world.shown().map((message) => message.finished)
  return { ...world, deps, upstream, source, answer, dyingWorker, finished }
}
