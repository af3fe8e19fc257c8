import type { Context } from 'aws-lambda'
import { openStore, replyStoreIn, type StoreAccess, slotStoreIn, verdictStoreIn } from '#stores'
import { emfMetrics } from '../adapters/runtime/emf-metrics.ts'
import { invocationSignals, type TimedSignals } from '../adapters/runtime/invocation-signals.ts'
import { processClock } from '../adapters/runtime/steady-clock.ts'
import { structuredLog } from '../adapters/runtime/structured-log.ts'
import { systemClock } from '../adapters/runtime/system-clock.ts'
import { sqsWorkerQueue } from '../adapters/sqs/sqs-worker-queue.ts'
import { replyStoreByTableClock } from '../adapters/table-clock/reply-store.ts'
import { slotStoreByTableClock } from '../adapters/table-clock/slot-store.ts'
import { tencentCall } from '../adapters/tencent/tencent-call.ts'
import { tencentChatApi } from '../adapters/tencent/tencent-chat-api.ts'
import { tencentHttp } from '../adapters/tencent/tencent-http.ts'
import { tencentTyping } from '../adapters/tencent/tencent-typing.ts'
import { type UserSigner, userSigner } from '../adapters/tencent/user-sig.ts'
import { tencentWays } from '../adapters/tencent/ways.ts'
import type { Config } from '../config.ts'
import type { Notices } from '../core/reply/notice.ts'
import type { Ways } from '../core/reply/way.ts'
import { tencentEndpoints } from '../core/tencent-endpoints.ts'
import { warmGraphemes } from '../core/text/graphemes.ts'
import type {
  ChatApi,
  Log,
  RateLimit,
  ReplyQueue,
  ReplyStore,
  RobotApi,
  TypingSignal,
} from '../ports.ts'
import { rateLimit } from '../rate-limit/index.ts'
import { openMessages } from '../reply/open-messages.ts'
import type { WriterDeps, WriterSettings } from '../reply/writer-deps.ts'
import { composeAws } from './aws.ts'
import { composeScf } from './scf.ts'
import { composeSecrets, type ReadSecret } from './secrets.ts'

const clock = processClock
const random = Math.random

/** The service as the configured application sees it, and its signer. */
export const composeChat = (
  config: Config,
  readSecret: ReadSecret,
): {
  readonly chatApi: ChatApi & RobotApi
  readonly typing: TypingSignal
  readonly signer: UserSigner
} => {
  const { CHAT_SDK_APP_ID: sdkAppId, CHAT_ADMIN: admin } = config
  const readSecretKey = async (fresh: boolean) => (await readSecret('CHAT_SECRET_KEY', fresh)) ?? ''
  const signer = userSigner({ sdkAppId, admin, readSecretKey, clock: systemClock })
  const baseUrl = config.CHAT_ENDPOINT ?? tencentEndpoints[config.CHAT_REGION]
  const transport = tencentHttp({ baseUrl, sdkAppId, admin, signer, random })
  const calls = { groupForm: config.GROUP_FORM, keepAliveEvent: config.NATIVE_KEEP_ALIVE }
  const forgetSignature = signer.forget
  const chatApi = tencentChatApi(transport, { forgetSignature, clock, calls })
  const typing = tencentTyping(tencentCall(transport, forgetSignature), { clock, random })
  return { chatApi, typing, signer }
}

/** What every function that writes replies needs; made once for each sandbox. */
export interface Writer {
  readonly deps: WriterDeps
  readonly settings: WriterSettings
  readonly typing: TypingSignal
  readonly signer: UserSigner
  readonly readSecret: ReadSecret
  readonly table: StoreAccess
  /** Runs work with the signals of an invocation. */
  readonly within: <T>(
    context: Context,
    work: (signals: Omit<TimedSignals, 'clear'>) => Promise<T>,
  ) => Promise<T>
}

export const composeWriter = (
  config: Config,
  log: Log = structuredLog(config.POWERTOOLS_SERVICE_NAME),
): Writer => {
  // Once the function has started, while it waits for its first event or for the answer to its first request.
  setImmediate(warmGraphemes)
  const readSecret = composeSecrets(config)
  const { chatApi, typing, signer } = composeChat(config, readSecret)
  const table = openStore(config, readSecret)
  // Asked while the function starts, so that no reply waits for it; where it fails, whoever needs the time asks again.
  void table.clock.offset().catch(() => undefined)
  const store = composeStore(table)
  const queue = composeQueue(config, table)
  const rateLimit = composeRateLimit(config, table, log)
  return {
    deps: {
      chatApi,
      store,
      clock,
      random,
      log,
      metrics: emfMetrics(config.POWERTOOLS_SERVICE_NAME),
      rateLimit,
      ...composeOpenMessages(config, table, log),
      ...(queue === undefined ? {} : { queue }),
      ...(config.LOG_TEXT ? { traceChunk: (chunk) => log.info('chunk', { ...chunk }) } : {}),
    },
    settings: writerSettings(config),
    typing,
    signer,
    readSecret,
    table,
    within: (context, work) => {
      const { clear, ...signals } = invocationSignals(context, config.HAND_OVER_MS)
      return work(signals).finally(clear)
    },
  }
}

/** Asking for a slot must never take as long as going without one would. */
const SLOT_BOOK_LIMITS = { timeoutMs: 500, tries: 2 }

const composeStore = (table: StoreAccess): ReplyStore =>
  replyStoreByTableClock(replyStoreIn(table), { table: table.clock, clock })

const composeRateLimit = (config: Config, table: StoreAccess, log: Log): RateLimit => {
  const { CALLS_PER_SECOND: callsPerSecond } = config
  const store = slotStoreByTableClock(slotStoreIn(table, SLOT_BOOK_LIMITS), table.clock)
  return rateLimit({ store, clock, random, callsPerSecond, log })
}

/** Where progress is recorded after each call, nobody asks whether open messages are shown. */
const composeOpenMessages = (
  { CHECKPOINT: checkpoint, CHAT_SDK_APP_ID: sdkAppId }: Config,
  table: StoreAccess,
  log: Log,
): Pick<WriterDeps, 'openMessages'> => {
  const store = checkpoint === 'each' ? undefined : verdictStoreIn(table, sdkAppId)
  return store === undefined ? {} : { openMessages: openMessages({ store, clock, log }) }
}

const composeQueue = (config: Config, table: StoreAccess): ReplyQueue | undefined => {
  const { REPLIES_QUEUE_URL: queueUrl, WORKER_FUNCTION: workerFunction } = config
  if (queueUrl !== undefined) return sqsWorkerQueue(composeAws(config, 'sqs'), queueUrl)
  return workerFunction === undefined ? undefined : composeScf(config, table).queue
}

/** What users read where a reply has no text of its own. */
export const noticesOf = (config: Config): Notices => ({
  empty: config.NOTICE_EMPTY,
  failed: config.NOTICE_FAILED,
  cut: config.NOTICE_CUT,
  withheld: config.NOTICE_WITHHELD,
  interrupted: config.NOTICE_INTERRUPTED,
})
const composeWays = (config: Config): Ways =>
  tencentWays({
    user: config.C2C_STREAM,
    group: config.GROUP_STREAM,
    minGapMs: config.MIN_GAP_MS,
    groupGapMs: config.GROUP_GAP_MS,
    streamBytes: config.STREAM_BYTES,
    keepsAlive: config.NATIVE_KEEP_ALIVE !== 'off',
    fallsBack: config.NATIVE_FALLBACK,
  })

/** How replies are written, from the environment. */
const writerSettings = (config: Config): WriterSettings => ({
  ways: composeWays(config),
  minGapMs: config.MIN_GAP_MS,
  messageBytes: config.MESSAGE_BYTES,
  smoothMarkdown: config.SMOOTH_MARKDOWN,
  leaseMs: config.LEASE_MS,
  inDoubt: config.IN_DOUBT,
  notices: noticesOf(config),
})
