import { systemClock } from '../adapters/runtime/system-clock.ts'
import { callbackAddresses } from '../adapters/tencent/callback-addresses.ts'
import { classifiedCall } from '../adapters/tencent/classified-call.ts'
import { plainRefusal } from '../adapters/tencent/signature-codes.ts'
import { tencentHttp } from '../adapters/tencent/tencent-http.ts'
import { userSigner } from '../adapters/tencent/user-sig.ts'
import type { WebhookConfig } from '../config.ts'
import { tencentEndpoints } from '../core/tencent-endpoints.ts'
import type { Log } from '../ports.ts'
import type { ReadSecret } from './secrets.ts'

/** Tencent waits for two seconds, and this is not all there is to do. */
const TIMEOUT_MS = 500

/** Which list: callbacks to applications of China's data centre come from other hosts than those of all others. */
const nettypeOf = (region: WebhookConfig['CHAT_REGION']): string => (region === 'china' ? '5' : '6')

/** Whether Tencent posts callbacks from an address. */
export const composeCallbackAddresses = (
  config: WebhookConfig,
  readSecret: ReadSecret,
  log: Log,
): ReturnType<typeof callbackAddresses> => {
  const { CHAT_SDK_APP_ID: sdkAppId, CHAT_ADMIN: admin, CHAT_REGION: region } = config
  const clock = systemClock
  const readSecretKey = async (fresh: boolean) => (await readSecret('CHAT_SECRET_KEY', fresh)) ?? ''
  const signer = userSigner({ sdkAppId, admin, readSecretKey, clock })
  const transport = tencentHttp({
    baseUrl: config.CHAT_ENDPOINT ?? tencentEndpoints[region],
    sdkAppId,
    admin,
    signer,
    random: Math.random,
    timeoutMs: TIMEOUT_MS,
    parameters: { nettype: nettypeOf(region) },
  })
  return callbackAddresses({
    call: classifiedCall(plainRefusal, transport, signer.forget),
    clock,
    log,
  })
}
