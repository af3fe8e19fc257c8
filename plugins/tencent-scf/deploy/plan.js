import { missingAccess } from '../api/access.js'
import { loadReaders } from './load-readers.js'
import { functionVariables } from './variables.js'
import { wantedFunction } from './wanted.js'

/** @typedef {import('../types.d.ts').Environment} Environment */
/** @typedef {import('../types.d.ts').Service} Service */

/**
 * @param {Service} service
 * @returns {readonly string[]}
 */
const missingRole = ({ role }) =>
  role
    ? []
    : [
        'SCF_ROLE is missing: the role that lets the functions invoke the worker (docs/scf.md, "Permissions")',
      ]

/**
 * A network, and a place of the log, are named whole or not at all.
 * @param {Service} service
 * @returns {readonly string[]}
 */
const halfNamed = ({ vpc, logs }) => [
  ...(vpc !== undefined && !(vpc.vpcId && vpc.subnetId)
    ? ['SCF_VPC_ID and SCF_SUBNET_ID go together: set both, or neither']
    : []),
  ...(logs !== undefined && !(logs.logsetId && logs.topicId)
    ? ['SCF_CLS_LOGSET_ID and SCF_CLS_TOPIC_ID go together: set both, or neither']
    : []),
]

/**
 * What each function is told. Throws one Error that names every variable that is missing or malformed, and shows no value.
 * @param {Service} service
 * @param {Environment} env
 */
const checkedVariables = async (service, env) => {
  const readers = await loadReaders(service.bundling)
  const { variables, problems } = functionVariables(service, env, readers)
  const all = [
    ...missingAccess(env, service.region),
    ...missingRole(service),
    ...halfNamed(service),
    ...problems,
  ]
  if (all.length > 0) throw new Error(`This cannot be deployed:\n  ${all.join('\n  ')}`)
  return variables
}

/**
 * What one function is told, to run it here. Throws one Error that names what is missing for that.
 * @param {Service} service
 * @param {Environment} env
 * @param {string} key
 */
export const checkedLocally = async (service, env, key) => {
  const readers = await loadReaders(service.bundling)
  const { variables, problems } = functionVariables(service, env, readers, [key])
  if (problems.length > 0) throw new Error(`${key} cannot run:\n  ${problems.join('\n  ')}`)
  return variables[key] ?? {}
}

/**
 * All that shall stand at SCF. `packaged` brings the code of each function. Throws as `checkedVariables` does.
 * @param {Service} service
 * @param {Environment} env
 * @param {(one: import('../types.d.ts').ServiceFunction) => Promise<import('../types.d.ts').Packaged>} packaged
 * @returns {Promise<readonly import('../types.d.ts').WantedFunction[]>}
 */
export const planService = async (service, env, packaged) => {
  const variables = await checkedVariables(service, env)
  return Promise.all(
    service.functions.map(async (one) =>
      wantedFunction(service, one, await packaged(one), variables[one.key] ?? {}),
    ),
  )
}
