import { join, resolve } from 'node:path'
import { withStore } from './package/store.js'

/** @typedef {import('./types.d.ts').Service} Service */
/** @typedef {Pick<import('./types.d.ts').Serverless, 'serviceDir' | 'service'>} Serverless */
/** @typedef {import('./types.d.ts').ServerlessFunction} ServerlessFunction */

const DEFAULT_MEMORY_MB = 256
const DEFAULT_TIMEOUT_SECONDS = 10

/**
 * @param {Readonly<Record<string, unknown>>} given
 * @returns {Record<string, string>}
 */
const onlyText = (given) =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [/** @type {const} */ ([name, value])] : [],
    ),
  )

/** @param {unknown} value */
const fields = (value) =>
  /** @type {Readonly<Record<string, unknown>>} */ (
    typeof value === 'object' && value !== null ? value : {}
  )

/** @param {unknown} value */
const text = (value) => (typeof value === 'string' ? value : '')

/**
 * Both names of a pair, where either is said.
 * @template {string} One
 * @template {string} Other
 * @param {unknown} given
 * @param {One} one
 * @param {Other} other
 * @returns {Record<One | Other, string> | undefined}
 */
const pairOf = (given, one, other) => {
  const named = { [one]: text(fields(given)[one]), [other]: text(fields(given)[other]) }
  return named[one] || named[other] ? /** @type {Record<One | Other, string>} */ (named) : undefined
}

/** @param {string | undefined} given Such as `CMQ-QUEUE:failed`. */
const deadLetterOf = (given) => {
  if (!given) return {}
  const [type, ...name] = given.split(':')
  const kind = /** @type {'CMQ-QUEUE' | 'CMQ-TOPIC'} */ (type)
  return { deadLetter: { type: kind, name: name.join(':') } }
}

/** @param {ServerlessFunction['reservedConcurrency']} given */
const reservedOf = (given) =>
  given === undefined || given === '' ? {} : { reservedInstances: Number(given) }

/**
 * @param {Readonly<Record<string, unknown>>} provider
 * @param {string} key
 * @param {ServerlessFunction} given
 * @returns {import('./types.d.ts').ServiceFunction}
 */
const functionOf = (provider, key, given) => {
  const timers = given.events.flatMap(({ timer }) => timer ?? [])
  const hasUrl = given.events.some(({ url }) => url !== undefined)
  if (timers.length + Number(hasUrl) > 1) {
    throw new Error(`serverless.scf.yml: ${key} has more than one event; one is what is known here`)
  }
  const [timer] = timers
  return {
    key,
    name: given.name,
    handler: given.handler,
    description: given.description ?? '',
    timeoutSeconds: given.timeout ?? Number(provider['timeout'] ?? DEFAULT_TIMEOUT_SECONDS),
    memoryMb: given.memorySize ?? Number(provider['memorySize'] ?? DEFAULT_MEMORY_MB),
    hasUrl,
    ...(timer === undefined ? {} : { timer }),
    variables: onlyText({ ...fields(provider['environment']), ...given.environment }),
    ...deadLetterOf(given.deadLetter),
    ...reservedOf(given.reservedConcurrency),
  }
}

/**
 * Where archives are written to, and read from.
 * @param {Serverless} serverless
 * @param {Readonly<Record<string, unknown>>} options
 */
const packageDirectoryOf = ({ serviceDir, service }, options) => {
  const given = text(options['package']) || service.package.path
  return given ? resolve(serviceDir, given) : join(serviceDir, '.serverless')
}

/**
 * The service as the framework read it, once it has.
 * @param {Serverless} serverless
 * @param {Readonly<Record<string, unknown>>} options
 * @returns {Service}
 */
export const readService = (serverless, options) => {
  const { service, serviceDir } = serverless
  const { provider } = service
  const { packager: _, ...bundling } = fields(service.custom?.['esbuild'])
  const vpc = pairOf(provider['vpc'], 'vpcId', 'subnetId')
  const logs = pairOf(provider['logs'], 'logsetId', 'topicId')
  return {
    name: service.service,
    stage: text(options['stage']) || text(provider['stage']) || 'dev',
    directory: serviceDir,
    packageDirectory: packageDirectoryOf(serverless, options),
    region: text(provider['region']),
    runtime: text(provider['runtime']),
    role: text(provider['role']),
    ...(vpc === undefined ? {} : { vpc }),
    ...(logs === undefined ? {} : { logs }),
    bundling: withStore(bundling, text(service.custom?.['store'])),
    functions: Object.entries(service.functions).map(([key, given]) =>
      functionOf(provider, key, given),
    ),
  }
}

/**
 * One function of the service. Throws where there is none of that name.
 * @param {Service} service
 * @param {unknown} key
 */
export const functionNamed = (service, key) => {
  const found = service.functions.find((one) => one.key === key)
  if (found !== undefined) return found
  const known = service.functions.map((one) => one.key).join(', ')
  throw new Error(`There is no function ${String(key)}; there are ${known}`)
}
