import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { tencentChatApi } from '../../../lib/adapters/tencent/tencent-chat-api.ts'
import { tencentHttp } from '../../../lib/adapters/tencent/tencent-http.ts'
import { userSigner } from '../../../lib/adapters/tencent/user-sig.ts'
import { chatRules } from '../../../local/simulator/rules.ts'
import { startSimulator } from '../../../local/simulator/server.ts'
import { simulatedService } from '../../../local/simulator/service.ts'
import { userSigCheck } from '../../../local/simulator/user-sig-check.ts'
import { chatApiContract } from '../../contracts/chat-api.contract.ts'

const application = { sdkAppId: 1_400_000_000, admin: 'administrator' }

chatApiContract('the HTTP adapter', async (settings) => {
  let secretKey = 'first-key'
  let freshReads = 0
  const service = simulatedService({
    rules: chatRules(settings),
    clock: systemClock,
    userSig: userSigCheck({
      sdkAppId: application.sdkAppId,
      admins: [application.admin],
      secretKey: () => secretKey,
    }),
  })
  const server = await startSimulator(service)
  const signer = userSigner({
    ...application,
    clock: systemClock,
    readSecretKey: async (fresh) => {
      if (fresh) freshReads++
      return secretKey
    },
  })
  const transport = tencentHttp({
    ...application,
    baseUrl: server.url,
    signer,
    random: Math.random,
    timeoutMs: 400,
  })

  return {
    api: tencentChatApi(transport, { forgetSignature: signer.forget, clock: systemClock }),
    service,
    run: (promise) => promise,
    changeKey: () => {
      secretKey = 'second-key'
    },
    freshReads: () => freshReads,
    close: server.close,
  }
})
