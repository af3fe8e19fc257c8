import { DIGEST_VARIABLE } from './wanted.js'

/** @typedef {import('../types.d.ts').WantedFunction} WantedFunction */
/** @typedef {Awaited<ReturnType<import('../api/scf-api.js').ScfApi['GetFunction']>>} FoundFunction */

/**
 * From inside a network Tencent Chat is reached by the public one all the same.
 * @param {WantedFunction['vpc']} vpc
 */
const networkOf = (vpc) => ({
  VpcConfig: { VpcId: vpc?.vpcId ?? '', SubnetId: vpc?.subnetId ?? '' },
  PublicNetConfig: { PublicNetStatus: 'ENABLE', EipConfig: { EipStatus: 'DISABLE' } },
})

/** @param {WantedFunction} wanted */
const logsOf = ({ logs }) =>
  logs === undefined ? {} : { ClsLogsetId: logs.logsetId, ClsTopicId: logs.topicId }

/** @param {WantedFunction} wanted */
const deadLetterOf = ({ deadLetter }) =>
  deadLetter === undefined
    ? {}
    : { DeadLetterConfig: { Type: deadLetter.type, Name: deadLetter.name } }

/**
 * What SCF is told of a function beside its code. A network that `found` has, and nobody wants any more, is taken away.
 * @param {WantedFunction} wanted
 * @param {FoundFunction} [found]
 */
export const settingsOf = (wanted, found) => ({
  FunctionName: wanted.name,
  Description: wanted.description,
  MemorySize: wanted.memoryMb,
  Timeout: wanted.timeoutSeconds,
  Role: wanted.role,
  Environment: {
    Variables: Object.entries(wanted.variables).map(([Key, Value]) => ({ Key, Value })),
  },
  ...(wanted.vpc === undefined && !found?.VpcConfig?.VpcId ? {} : networkOf(wanted.vpc)),
  ...logsOf(wanted),
  ...deadLetterOf(wanted),
})

/** Names that only the platform may give to variables. */
const reserved = /^(SCF_|QCLOUD_|TENCENTCLOUD_)/

/**
 * @param {FoundFunction} found
 * @returns {ReadonlyMap<string, string>}
 */
const foundVariables = ({ Environment }) =>
  new Map(
    (Environment?.Variables ?? [])
      .map(({ Key = '', Value = '' }) => /** @type {const} */ ([Key, Value]))
      .filter(([name]) => !reserved.test(name)),
  )

/**
 * @param {FoundFunction} found
 * @param {WantedFunction} wanted
 */
const sameVariables = (found, wanted) => {
  const variables = foundVariables(found)
  const entries = Object.entries(wanted.variables)
  return (
    variables.size === entries.length &&
    entries.every(([name, value]) => name === DIGEST_VARIABLE || variables.get(name) === value)
  )
}

/**
 * Every field that is told of `wanted` stands in `found`, however deep.
 * @param {unknown} found
 * @param {unknown} told
 * @returns {boolean}
 */
const holds = (found, told) =>
  typeof told === 'object' && told !== null
    ? Object.entries(told).every(
        ([name, value]) =>
          typeof found === 'object' && found !== null && holds(Reflect.get(found, name), value),
      )
    : found === told

/**
 * True where the settings of a function, without its code, are as wanted.
 * @param {FoundFunction} found
 * @param {WantedFunction} wanted
 */
export const sameSettings = (found, wanted) => {
  const { Environment: _, PublicNetConfig: __, ...told } = settingsOf(wanted, found)
  return holds(found, told) && sameVariables(found, wanted)
}

/**
 * True where the code of a function is the wanted one.
 * @param {FoundFunction} found
 * @param {WantedFunction} wanted
 */
export const sameCode = (found, wanted) =>
  foundVariables(found).get(DIGEST_VARIABLE) === wanted.digest && found.Handler === wanted.handler
