import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { tencentChatApi } from '../../lib/adapters/tencent/tencent-chat-api.ts'
import { type TencentRegion, tencentRegions } from '../../lib/core/tencent-endpoints.ts'
import type { Clock } from '../../lib/ports.ts'
import { overhear } from '../../local/doctor/answer.ts'
import type { Endpoints } from '../../local/doctor/check-application.ts'
import { examine } from '../../local/doctor/examine.ts'
import type { Finding } from '../../local/doctor/finding.ts'
import { judgeProbes } from '../../local/doctor/judge-probes.ts'
import { observe } from '../../local/doctor/observe.ts'
import { asJson } from '../../local/doctor/print.ts'
import { probeChat } from '../../local/doctor/probe-chat.ts'
import { type CurrentSettings, recommend } from '../../local/doctor/recommend.ts'
import { type FaultPlan, noFaults } from '../../local/simulator/faults.ts'
import { type ChatRules, chatRules } from '../../local/simulator/rules.ts'
import { startSimulator } from '../../local/simulator/server.ts'
import { simulatedService } from '../../local/simulator/service.ts'
import type { ChatSettings } from '../../local/simulator/settings.ts'
import { simulatedTransport } from '../../local/simulator/transport.ts'
import { userSigCheck } from '../../local/simulator/user-sig-check.ts'
import { conversation } from './delivery-world.ts'
import { serveOn } from './serve-on.ts'
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

const SDK_APP_ID = 1_400_000_000
export const secretKey = 'chat-secret-key'
export const callbackToken = 'callback-token'
const env = { CHAT_SDK_APP_ID: String(SDK_APP_ID), CHAT_SECRET_KEY: secretKey }

export const endings: (() => Promise<void> | void)[] = []
/** For the end of each test. */
export const endAll = async (): Promise<void> => {
  for (const end of endings.splice(0)) await end()
}

/** A data centre where one application lives. */
export const startCentre = async (
  appId: number,
  rules = chatRules(),
  clock: Clock = systemClock,
) => {
  const userSig = userSigCheck({
    sdkAppId: appId,
    admins: ['administrator'],
    secretKey: () => secretKey,
  })
  const server = await startSimulator(simulatedService({ rules, clock, userSig }))
  endings.push(server.close)
  return server.url
}

/** All data centres: the application lives in one of them. */
export const startCentres = async (
  home: TencentRegion | undefined,
  rules: ChatRules = chatRules(),
): Promise<Endpoints> => {
  const here = await startCentre(SDK_APP_ID, rules)
  const elsewhere = await startCentre(1)
  const urls = tencentRegions.map((name) => [name, name === home ? here : elsewhere] as const)
  return Object.fromEntries(urls) as Record<TencentRegion, string>
}

interface Examination {
  readonly endpoints?: Endpoints
  readonly env?: Readonly<Record<string, string>>
  readonly bot?: string
  readonly createRobot?: boolean
  readonly callbackUrl?: string
  readonly to?: string
  readonly agrees?: boolean
  readonly clock?: Clock
}

/** Lets the doctor examine an application, and holds it to showing no secret. */
export const visit = async ({
  endpoints,
  env: changes = {},
  agrees = false,
  clock = systemClock,
  ...options
}: Examination) => {
  const said: string[] = []
  const diagnosis = await examine(
    { createRobot: false, yes: false, json: false, ...options },
    {
      env: { ...env, ...changes },
      endpoints: endpoints ?? (await startCentres('singapore')),
      clock,
      tell: () => {},
      mention: (sentence) => said.push(sentence),
      confirm: async (question) => {
        said.push(question)
        return agrees
      },
      signal: new AbortController().signal,
    },
  )
  const all = asJson(diagnosis) + said.join('')
  for (const secret of [secretKey, callbackToken, 'usersig']) expect(all).not.toContain(secret)
  const verdicts = Object.fromEntries(diagnosis.findings.map(({ id, verdict }) => [id, verdict]))
  const of = (id: string) => diagnosis.findings.find((finding) => finding.id === id)
  return { ...diagnosis, verdicts, of, said }
}

/** The rules of a service whose application has these robots. */
export const withRobot = (...names: readonly string[]): ChatRules => {
  const rules = chatRules()
  for (const UserID of names) {
    rules.handle('openim_robot_http_svc/create_robot', { UserID }, systemClock.now())
  }
  return rules
}

/** What is wrong with a webhook. */
export type WebhookFault = 'none' | 'takes anything' | 'other token' | 'no JSON' | 'moved' | 'down'

const faultyStatus: Readonly<Partial<Record<WebhookFault, number>>> = { moved: 301, down: 500 }

const isGenuine = (query: URLSearchParams, token: string): boolean => {
  const { RequestTime = '', Sign, SdkAppid } = Object.fromEntries(query)
  const signed = createHash('sha256')
    .update(token + RequestTime)
    .digest('hex')
  return signed === Sign && SdkAppid === String(SDK_APP_ID)
}

/** A webhook as this program deploys it, or with something wrong. */
export const startWebhook = async (fault: WebhookFault): Promise<string> => {
  const token = fault === 'other token' ? 'x' : callbackToken
  const statusOf = ({ pathname, searchParams }: URL): number => {
    if (pathname !== '/webhooks/chat') return 404
    return fault === 'takes anything' || isGenuine(searchParams, token) ? 200 : 403
  }
  const body = fault === 'no JSON' ? 'OK' : '{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}'
  const { url, close } = await serveOn((request, response) => {
    const status = faultyStatus[fault] ?? statusOf(new URL(request.url ?? '', 'http://webhook'))
    response.writeHead(status, status === 301 ? { location: '/' } : {}).end(body)
  })
  endings.push(close)
  return url
}
