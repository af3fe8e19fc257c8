import { tencentChatApi } from '../../../lib/adapters/tencent/tencent-chat-api.ts'
import { noFaults } from '../../../local/simulator/faults.ts'
import { chatRules } from '../../../local/simulator/rules.ts'
import { simulatedService } from '../../../local/simulator/service.ts'
import { simulatedTransport } from '../../../local/simulator/transport.ts'
import { chatApiContract } from '../../contracts/chat-api.contract.ts'
import { virtualClock } from '../../support/virtual-clock.ts'

chatApiContract('the simulator in process', async (settings) => {
  const clock = virtualClock()
  const service = simulatedService({ rules: chatRules(settings), clock, latencyMs: 8 })
  let freshReads = 0
  const forgetSignature = (): void => {
    freshReads++
    // Without HTTP there is no signature; a fault that this ends stands for one that is refused.
    if (keyChanged) service.setFaults(noFaults)
  }
  let keyChanged = false

  return {
    api: tencentChatApi(simulatedTransport(service), { forgetSignature, clock }),
    service,
    run: clock.run,
    changeKey: () => {
      keyChanged = true
      service.setFaults(() => ({ kind: 'code', code: 70009 }))
    },
    freshReads: () => freshReads,
    close: async () => {},
  }
})
