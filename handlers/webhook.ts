import { composeWebhook } from '../lib/compose/webhook.ts'
import { readWebhookConfig } from '../lib/config.ts'
import type { GatewayHandler } from '../lib/http/gateway.ts'

/** Takes Tencent's callbacks behind API Gateway (v1, v2), a Lambda function URL or a Tencent SCF function URL. */
export const handler: GatewayHandler = composeWebhook(readWebhookConfig())
