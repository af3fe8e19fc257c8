import { openStore, type StoreAccess, stopsIn, userRecordsIn } from '#stores'
import { emfMetrics } from '../adapters/runtime/emf-metrics.ts'
import { structuredLog } from '../adapters/runtime/structured-log.ts'
import { systemClock } from '../adapters/runtime/system-clock.ts'
import { sqsWorkerQueue } from '../adapters/sqs/sqs-worker-queue.ts'
import { callbackCheck } from '../adapters/tencent/callback-check.ts'
import { parseCallback } from '../adapters/tencent/tencent-callback.ts'
import { botNumber, packagedBots } from '../config/bots.ts'
import type { WebhookConfig } from '../config.ts'
import { callbackApp } from '../http/callback-api.ts'
import type { Log, TurnQueue } from '../ports.ts'
import { type AcceptCallbackDeps, acceptCallback } from '../use-cases/accept-callback.ts'
import { composeAws } from './aws.ts'
import { composeScf } from './scf.ts'
import { composeSecrets, type ReadSecret } from './secrets.ts'

// Tencent waits for two seconds and does not ask again unless it is told to: each of these once, and the queue, must fit.
const SECRET_LIMITS = { timeoutMs: 400, tries: 2 }
const STORE_LIMITS = { timeoutMs: 400, tries: 2 }
const USER_LIMITS = { timeoutMs: 300, tries: 1 }
const QUEUE_LIMITS = { timeoutMs: 700, tries: 2 }

/** What takes Tencent's callbacks, around clients that live as long as the sandbox; imports nothing that it can do without. */
export const composeWebhook = (config: WebhookConfig): ReturnType<typeof callbackApp> => {
  const { CHAT_SDK_APP_ID: sdkAppId } = config
  const service = config.POWERTOOLS_SERVICE_NAME
  const bots = packagedBots()
  const clock = systemClock
  const log = structuredLog(service)
  const metrics = emfMetrics(service)
  const readSecret = composeSecrets(config, SECRET_LIMITS)
  const table = openStore(config, readSecret, STORE_LIMITS)
  const deps: AcceptCallbackDeps = {
    turnQueue: composeTurnQueue(config, table),
    store: stopsIn(table),
    users: userRecordsIn(table, USER_LIMITS),
    limitsOf: (bot) => ({
      perMinute: botNumber(bots, bot, 'USER_TURNS_PER_MINUTE', config.USER_TURNS_PER_MINUTE),
      perDay: botNumber(bots, bot, 'USER_TURNS_PER_DAY', config.USER_TURNS_PER_DAY),
    }),
    ...(config.GROUP_STREAM === 'off'
      ? {}
      : { groups: { turnsPerMinute: config.GROUP_TURNS_PER_MINUTE } }),
    clock,
    log,
    metrics,
    logsText: config.LOG_TEXT,
  }
  return callbackApp({
    log,
    metrics,
    check: callbackCheck({
      sdkAppId,
      readTokens: (fresh) => readSecret('CHAT_CALLBACK_TOKEN', fresh),
      clock,
      ...(config.CALLBACK_IP_LIST ? { isTencents: isTencents(config, readSecret, log) } : {}),
    }),
    parse: parseCallback,
    accept: (callback) => acceptCallback(deps, callback),
  })
}

/** What reads the list of addresses is loaded with the first callback: most functions do without. */
const isTencents = (config: WebhookConfig, readSecret: ReadSecret, log: Log) => {
  let loading: Promise<(address: string | undefined) => Promise<boolean>> | undefined
  return async (address: string | undefined): Promise<boolean> => {
    loading ??= import('./callback-addresses.ts').then(({ composeCallbackAddresses }) =>
      composeCallbackAddresses(config, readSecret, log),
    )
    return (await loading)(address)
  }
}

const composeTurnQueue = (config: WebhookConfig, table: StoreAccess): TurnQueue => {
  const { REPLIES_QUEUE_URL: queueUrl } = config
  if (queueUrl !== undefined)
    return sqsWorkerQueue(composeAws(config, 'sqs', QUEUE_LIMITS), queueUrl)
  // Tickets carry the table's time. Asked while the function starts; where that fails, the first ticket asks again.
  void table.clock.offset().catch(() => undefined)
  return composeScf(config, table, QUEUE_LIMITS).queue
}
