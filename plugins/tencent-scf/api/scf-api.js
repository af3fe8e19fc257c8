import sdk from 'tencentcloud-sdk-nodejs-scf'
import { ask, clientSettings } from './refusal.js'

/** The actions of the SCF API (2018-04-16) that the verbs take. */
const actions = /** @type {const} */ ([
  'CreateFunction',
  'CreateTrigger',
  'DeleteFunction',
  'DeleteReservedConcurrencyConfig',
  'DeleteTrigger',
  'GetAlias',
  'GetFunction',
  'GetReservedConcurrencyConfig',
  'Invoke',
  'ListTriggers',
  'ListVersionByFunction',
  'PublishVersion',
  'PutReservedConcurrencyConfig',
  'UpdateAlias',
  'UpdateFunctionCode',
  'UpdateFunctionConfiguration',
  'UpdateTrigger',
])

/** @typedef {InstanceType<typeof sdk.scf.v20180416.Client>} Client */
/** @typedef {{ readonly [Action in typeof actions[number]]: (request: Parameters<Client[Action]>[0]) => Promise<Awaited<ReturnType<Client[Action]>>> }} ScfApi */

/**
 * SCF as `access` reaches it. A call that came too often is made again; nothing else is. Each action throws `Refusal`.
 * @param {import('../types.d.ts').Access} access
 * @param {import('../types.d.ts').Clock} clock
 * @returns {ScfApi}
 */
export const scfApi = (access, clock) => {
  const client = new sdk.scf.v20180416.Client(clientSettings(access, access.endpoint))
  return /** @type {ScfApi} */ (
    Object.fromEntries(
      actions.map((action) => [
        action,
        /** @param {any} request */
        (request) => ask(clock, 'scf', action, () => client[action](request)),
      ]),
    )
  )
}
