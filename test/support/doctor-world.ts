import { tencentChatApi } from '../../lib/adapters/tencent/tencent-chat-api.ts'
import { overhear } from '../../local/doctor/answer.ts'
import type { Finding } from '../../local/doctor/finding.ts'
import { judgeProbes } from '../../local/doctor/judge-probes.ts'
import { observe } from '../../local/doctor/observe.ts'
import { probeChat } from '../../local/doctor/probe-chat.ts'
import { type CurrentSettings, recommend } from '../../local/doctor/recommend.ts'
import { type FaultPlan, noFaults } from '../../local/simulator/faults.ts'
import { chatRules } from '../../local/simulator/rules.ts'
import { simulatedService } from '../../local/simulator/service.ts'
import type { ChatSettings } from '../../local/simulator/settings.ts'
import { simulatedTransport } from '../../local/simulator/transport.ts'
import { conversation } from './delivery-world.ts'
import { virtualClock } from './virtual-clock.ts'

export const defaults: CurrentSettings = { inDoubt: 'verify', messageBytes: 11_264 }

interface Visit {
  readonly rules?: Partial<ChatSettings>
  readonly settings?: Partial<CurrentSettings>
  readonly faults?: FaultPlan
  /** Somebody stops the doctor before so many calls were made. */
  readonly stopAfterCalls?: number
}

/** Lets the doctor ask a simulated service, in virtual time. */
export const askSimulator = async ({
  rules: changes = {},
  faults = noFaults,
  ...visit
}: Visit = {}) => {
  const settings = { ...defaults, ...visit.settings }
  const clock = virtualClock()
  const rules = chatRules(changes)
  const stopped = new AbortController()
  const service = simulatedService({ rules, clock, latencyMs: 80, faults })
  const { transport, newest } = overhear(async (command, body, signal) => {
    if (service.calls.length === visit.stopAfterCalls) stopped.abort()
    return simulatedTransport(service)(command, body, signal)
  })
  const chatApi = tencentChatApi(transport, { forgetSignature: () => {}, clock })
  const chat = probeChat({ chatApi, newest, clock, conversation, signal: stopped.signal })
  const observations = await clock.run(observe(chat, clock, () => {}))
  const findings = judgeProbes(observations, settings)
  const recommended = recommend(observations, settings)
  return {
    calls: service.calls.length,
    callsOf: (command: string): number =>
      service.calls.filter((call) => call.command === command).length,
    findings,
    finding: (id: string): Finding | undefined => findings.find((one) => one.id === id),
    settings: Object.fromEntries(recommended.map(({ name, value }) => [name, value])),
    leftOpen: observations.leftOpen,
    open: rules
      .messages()
      .filter(({ finished }) => !finished)
      .map(({ msgKey }) => msgKey),
    messages: rules.messages(),
  }
}
