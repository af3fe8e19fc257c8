import { composeReplies } from '../lib/compose/replies.ts'
import { readConfig } from '../lib/config.ts'
import { gatewayHandler } from '../lib/http/gateway.ts'

/** The replies API behind API Gateway (v1, v2), a Lambda function URL or a Tencent SCF function URL. */
export const handler = gatewayHandler(composeReplies(readConfig()))
