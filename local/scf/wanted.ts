import type { Bundle } from './bundle.ts'
import type { ServiceFunction } from './service.ts'

/** A function as it shall stand at SCF. */
export interface WantedFunction {
  readonly name: string
  readonly key: string
  readonly handler: string
  readonly archive: Buffer
  readonly digest: string
  readonly description: string
  readonly memoryMb: number
  readonly timeoutSeconds: number
  /** The role that lets it invoke the worker. */
  readonly role: string
  readonly variables: Readonly<Record<string, string>>
  readonly trigger?: WantedTrigger
}

/** What calls a function. */
export interface WantedTrigger {
  readonly type: 'http' | 'timer'
  readonly name: string
  readonly description: string
}

export const RUNTIME = 'Nodejs18.15'

/** The variable that says which code was deployed: SCF does not tell. */
export const DIGEST_VARIABLE = 'DEPLOYED_DIGEST'

/** Open to everybody from outside: the function itself asks for the token or the signature (document 583/100227). */
const url: WantedTrigger = {
  type: 'http',
  name: 'url',
  description: JSON.stringify({
    AuthType: 'NONE',
    NetConfig: { EnableIntranet: false, EnableExtranet: true },
  }),
}
/** Seconds, minutes, hours, day, month, weekday, year (document 583/9708). */
const everyMinute: WantedTrigger = {
  type: 'timer',
  name: 'every-minute',
  description: '0 * * * * * *',
}

const triggerOf = ({ hasUrl, everyMinute: isTimed }: ServiceFunction) => {
  if (hasUrl) return { trigger: url }
  return isTimed ? { trigger: everyMinute } : {}
}

/** Puts together what `serverless.yml`, the bundler and the environment say of a function. */
export const wantedFunction = (
  service: ServiceFunction,
  { handler, archive, digest }: Bundle,
  { role, variables }: Pick<WantedFunction, 'role' | 'variables'>,
): WantedFunction => ({
  key: service.key,
  name: service.name,
  handler,
  archive,
  digest,
  // SCF takes letters, digits, spaces, commas and full stops.
  description: service.description.replace(/[^A-Za-z\d ,.]/g, ''),
  memoryMb: service.memoryMb,
  timeoutSeconds: service.timeoutSeconds,
  role,
  variables: { ...variables, [DIGEST_VARIABLE]: digest },
  ...triggerOf(service),
})
