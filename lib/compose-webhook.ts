import { type AcceptCallbackDeps, acceptCallback } from './accept-callback.ts'
import { callbackCheck } from './adapters/callback-check.ts'
import { dynamoReplyStore } from './adapters/dynamo-reply-store/index.ts'
import { sqsTurnQueue } from './adapters/sqs-turn-queue.ts'
import { structuredLog } from './adapters/structured-log.ts'
import { systemClock } from './adapters/system-clock.ts'
import { parseCallback } from './adapters/tencent-callback.ts'
import { composeAws } from './compose-aws.ts'
import { composeSecrets } from './compose-secrets.ts'
import type { WebhookConfig } from './config.ts'
import { callbackApp } from './http/callback-app.ts'

// Tencent waits for two seconds and does not ask again unless it is told to: each of these once, and the queue, must fit.
const SECRET_LIMITS = { timeoutMs: 400, tries: 2 }
const STORE_LIMITS = { timeoutMs: 400, tries: 2 }
const QUEUE_LIMITS = { timeoutMs: 700, tries: 2 }

/** What takes Tencent's callbacks, around clients that live as long as the sandbox; imports nothing that it can do without. */
export const composeWebhook = (config: WebhookConfig): ReturnType<typeof callbackApp> => {
  const { REPLIES_TABLE: table, REPLIES_QUEUE_URL: queueUrl, CHAT_SDK_APP_ID: sdkAppId } = config
  const clock = systemClock
  const log = structuredLog()
  const readSecret = composeSecrets(config, SECRET_LIMITS)
  const deps: AcceptCallbackDeps = {
    turnQueue: sqsTurnQueue(composeAws(config, 'sqs', QUEUE_LIMITS), queueUrl),
    store: dynamoReplyStore({
      call: composeAws(config, 'dynamodb', STORE_LIMITS),
      table,
      clock,
      random: Math.random,
    }),
    clock,
    log,
  }
  return callbackApp({
    log,
    check: callbackCheck({
      sdkAppId,
      readTokens: (fresh) => readSecret('CHAT_CALLBACK_TOKEN', fresh),
      clock,
    }),
    parse: parseCallback,
    accept: (callback) => acceptCallback(deps, callback),
  })
}
