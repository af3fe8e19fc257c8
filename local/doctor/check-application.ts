import fetch from 'node-fetch'
import { tencentChatApi } from '../../lib/adapters/tencent/tencent-chat-api.ts'
import { tencentHttp } from '../../lib/adapters/tencent/tencent-http.ts'
import { userSigner } from '../../lib/adapters/tencent/user-sig.ts'
import { type TencentRegion, tencentEndpoints } from '../../lib/core/tencent-endpoints.ts'
import type { ChatApi, Clock, RobotApi } from '../../lib/ports.ts'
import { type Answer, overhear } from './answer.ts'
import type { DoctorEnvironment } from './environment.ts'
import type { Diagnosis, Finding } from './finding.ts'
import { isHome, isNotHere, judgeApplication } from './judge-application.ts'
import { judgeClock } from './judge-clock.ts'
import { judgeRobot } from './judge-robot.ts'
import type { DoctorOptions } from './options.ts'

/** Where each data centre answers. */
export type Endpoints = Readonly<Record<TencentRegion, string>>

/** The service at one host, each of whose answers can be looked at as it was given. */
interface HeardService {
  readonly api: ChatApi & RobotApi
  readonly newest: () => Answer
}

/** What came of looking at the application. */
export interface CheckedApplication extends Diagnosis {
  readonly service: HeardService
  /** The bot that messages may be sent from; absent where there is none. */
  readonly bot?: string
}

/** The application, and who asks. */
type Application = Pick<
  DoctorEnvironment,
  'sdkAppId' | 'admin' | 'region' | 'endpoint' | 'readSecretKey'
>
type RobotOptions = Pick<DoctorOptions, 'bot' | 'createRobot'>

/** Looks at clock, region, key, administrator and robot, with calls that change nothing unless a robot is to be created. */
export const checkApplication = async (
  environment: Application,
  options: RobotOptions,
  clock: Clock,
  endpoints: Endpoints,
): Promise<CheckedApplication> => {
  const { region, endpoint, sdkAppId, admin } = environment
  const baseUrl = endpoint ?? endpoints[region]
  const service = serviceAt(baseUrl, environment, clock)
  const clockFinding = judgeClock(await skewMs(baseUrl, clock))
  const robots = await service.api.listRobots()
  const answer = service.newest()
  const others = endpoint === undefined && isNotHere(answer) ? endpoints : undefined
  const elsewhere = await askElsewhere(others, environment, clock)
  const asked = { sdkAppId, admin, ...(endpoint === undefined && { region }), answer, elsewhere }
  const { findings, settings } = judgeApplication(asked)

  const robot = robots.ok ? await checkRobot(service, robots.value, options) : undefined
  const found = [clockFinding, ...findings, ...(robot ? [robot.finding] : [])]
  return { findings: found, settings, service, ...(robot?.bot && { bot: robot.bot }) }
}

const serviceAt = (
  baseUrl: string,
  { sdkAppId, admin, readSecretKey }: Application,
  clock: Clock,
): HeardService => {
  const signer = userSigner({ sdkAppId, admin, readSecretKey, clock })
  const http = tencentHttp({ baseUrl, sdkAppId, admin, signer, random: Math.random })
  const { transport, newest } = overhear(http)
  return { api: tencentChatApi(transport, { forgetSignature: signer.forget, clock }), newest }
}

/** How far this machine's clock is ahead of the service's, which tells whole seconds. Asks without a signature. */
const skewMs = async (baseUrl: string, clock: Clock): Promise<number | undefined> => {
  try {
    const startedAtMs = clock.now()
    const signal = AbortSignal.timeout(5_000)
    const response = await fetch(baseUrl, { redirect: 'manual', signal })
    await response.arrayBuffer()
    const serviceMs = Date.parse(response.headers.get('date') ?? '')
    if (Number.isNaN(serviceMs)) return undefined
    return (startedAtMs + clock.now()) / 2 - (serviceMs + 500)
  } catch {
    return undefined
  }
}

const askElsewhere = async (
  endpoints: Endpoints | undefined,
  environment: Application,
  clock: Clock,
): Promise<ReadonlyMap<TencentRegion, Answer>> => {
  const answers = new Map<TencentRegion, Answer>()
  for (const name of Object.keys(endpoints ?? {}) as readonly TencentRegion[]) {
    if (endpoints === undefined || name === environment.region) continue
    const { api, newest } = serviceAt(endpoints[name], environment, clock)
    await api.listRobots()
    answers.set(name, newest())
    if (isHome(newest())) break
  }
  return answers
}

const checkRobot = async (
  { api, newest }: HeardService,
  robots: readonly string[],
  { bot, createRobot }: RobotOptions,
): Promise<{ readonly finding: Finding; readonly bot?: string }> => {
  const only = robots.length === 1 ? robots[0] : undefined
  if (bot === undefined) {
    return { finding: judgeRobot(robots, bot, undefined), ...(only && { bot: only }) }
  }
  const missing = !robots.includes(bot)
  const created = missing && createRobot ? await create(api, newest, bot) : undefined
  const usable = !missing || created?.kind === 'accepted'
  return { finding: judgeRobot(robots, bot, created), ...(usable && { bot }) }
}

const create = async (api: RobotApi, newest: () => Answer, userId: string): Promise<Answer> => {
  await api.createRobot({ userId })
  return newest()
}

/** The real data centres. */
export const realEndpoints: Endpoints = tencentEndpoints
