import { tencentWays } from '../../lib/adapters/tencent/ways.ts'
import type { Clock } from '../../lib/ports.ts'
import { askGroup, askNative } from './ask-ways.ts'
import { type CheckedApplication, checkApplication, type Endpoints } from './check-application.ts'
import { checkCallback } from './check-callback.ts'
import { checkSource } from './check-source.ts'
import { type DoctorEnvironment, readDoctorEnvironment } from './environment.ts'
import type { Diagnosis, Finding } from './finding.ts'
import { judgeProbes } from './judge-probes.ts'
import { MESSAGES, observe } from './observe.ts'
import type { DoctorOptions } from './options.ts'
import { probeChat } from './probe-chat.ts'
import { recommend } from './recommend.ts'
import { openShown, tableVerdict } from './table-verdict.ts'

/** What the doctor needs of the world, beside the service. */
export interface Outside {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly endpoints: Endpoints
  readonly clock: Clock
  /** Gets each finding as soon as it is there. */
  readonly tell: (finding: Finding) => void
  /** Gets a sentence on what goes on meanwhile. */
  readonly mention: (sentence: string) => void
  /** Asks whether messages may be sent. */
  readonly confirm: (question: string) => Promise<boolean>
  /** Aborts when somebody stops the doctor: what is open is closed, and what was found is told. */
  readonly signal: AbortSignal
}

/** Looks at the application, then, where a test user is named, at how the service behaves. */
export const examine = async (options: DoctorOptions, outside: Outside): Promise<Diagnosis> => {
  const findings: Finding[] = []
  const tell = (found: readonly Finding[]): void => {
    for (const finding of found) outside.tell(finding)
    findings.push(...found)
  }
  const environment = readEnvironment(outside.env)
  if ('finding' in environment) {
    tell([environment.finding])
    return { findings, settings: [] }
  }

  const unusableKey = await checkSecret(environment)
  if (unusableKey !== undefined) {
    tell([unusableKey])
    return { findings, settings: [] }
  }

  const { clock, endpoints } = outside
  const application = await checkApplication(environment, options, clock, endpoints)
  tell(application.findings)
  tell(await checkCallback(options.callbackUrl, environment, clock))
  tell(await checkSource(outside.env, clock, outside.signal))
  const probed = await probe(options, environment, application, outside)
  tell(probed.findings)
  tell(await probeWays(options, application, outside))
  tell(await tableVerdict(outside.env, probed.openShown, clock))
  return { findings, settings: [...application.settings, ...probed.settings] }
}

const readEnvironment = (
  env: Outside['env'],
): DoctorEnvironment | { readonly finding: Finding } => {
  try {
    return readDoctorEnvironment(env)
  } catch (error) {
    const heard = error instanceof Error ? error.message : 'It cannot be read.'
    const mend = 'Set these variables as they are set for the functions.'
    return { finding: { id: 'environment', verdict: 'wrong', title: 'Environment', heard, mend } }
  }
}

/** A secret that cannot be read, or has no key in it; the error names what is wrong and shows no value. */
const checkSecret = async ({ readSecretKey }: DoctorEnvironment): Promise<Finding | undefined> => {
  const about = { id: 'key', title: 'Key', verdict: 'wrong' } as const
  const mend = 'SECRETS_NAME must name a JSON object that has CHAT_SECRET_KEY.'
  try {
    const key = await readSecretKey(false)
    return key === '' ? { ...about, heard: 'The secret has no CHAT_SECRET_KEY.', mend } : undefined
  } catch (error) {
    return { ...about, heard: error instanceof Error ? error.message : 'It cannot be read.', mend }
  }
}

/** What messages to a test user have shown. */
interface Probed extends Diagnosis {
  /** Whether open messages can be read back; absent where that is not known. */
  readonly openShown?: boolean | undefined
}

const nothing: Probed = { findings: [], settings: [] }

const probe = async (
  { to }: DoctorOptions,
  { settings }: DoctorEnvironment,
  { service, bot, findings }: CheckedApplication,
  { clock, signal, mention, confirm }: Outside,
): Promise<Probed> => {
  if (to === undefined) {
    mention('To learn how the service behaves, name a test user: npm run doctor -- --to USER')
    return nothing
  }
  if (findings.some(({ id, verdict }) => verdict === 'wrong' && id !== 'clock')) {
    mention('No messages were sent: mend the above first.')
    return nothing
  }
  if (bot === undefined) return { findings: [whichBot], settings: [] }
  const question = `About ${MESSAGES} messages will be sent to ${to} from ${bot}, one of 12 KB. Go on?`
  if (!(await confirm(question))) {
    mention('No messages were sent.')
    return nothing
  }

  const { api: chatApi, newest } = service
  const conversation = { from: bot, to }
  const chat = probeChat({ chatApi, newest, clock, conversation, signal })
  const seen = await observe(chat, clock, (about) => mention(`asking: ${about} …`))
  return {
    findings: judgeProbes(seen, settings),
    settings: recommend(seen, settings),
    openShown: openShown(seen),
  }
}

/** The questions about native streams and groups, which are asked only where somebody wants them answered. */
const probeWays = async (
  { to, native, group }: DoctorOptions,
  { service, bot, findings }: CheckedApplication,
  { clock, signal, mention, confirm }: Outside,
): Promise<readonly Finding[]> => {
  const isUsable = findings.every(({ verdict, id }) => verdict !== 'wrong' || id === 'clock')
  if (bot === undefined || !isUsable || (group === undefined && native !== true)) return []
  const places = [...(native ? [to] : []), ...(group === undefined ? [] : [group])].join(' and ')
  if (!(await confirm(`Up to 3 messages will be sent to ${places} from ${bot}. Go on?`))) {
    mention('No messages were sent.')
    return []
  }
  const asking = { chatApi: service.api, newest: service.newest, clock, signal }
  const { byName } = tencentWays()
  mention('asking: native streams and groups …')
  return [
    ...(native && to ? await askNative(asking, byName.native, { from: bot, to }) : []),
    ...(group === undefined
      ? []
      : await askGroup(asking, byName.modify, { from: bot, to: group, group: {} })),
  ]
}

const whichBot: Finding = {
  id: 'robot',
  verdict: 'wrong',
  title: 'Robot account',
  heard: 'There are several.',
  mend: 'Say which one shall send: --bot @RBT#NAME',
}
