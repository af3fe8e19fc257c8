import { LIVE } from './versions.js'

/** @typedef {import('../api/scf-api.js').ScfApi} ScfApi */
/** @typedef {import('../types.d.ts').WantedTrigger} WantedTrigger */
/** @typedef {NonNullable<Awaited<ReturnType<ScfApi['ListTriggers']>>['Triggers']>[number]} FoundTrigger */

/**
 * What the description of a URL says; `undefined` where it is none.
 * @param {FoundTrigger} trigger
 * @returns {{ readonly isOpen: boolean, readonly url: string | undefined } | undefined}
 */
export const urlOf = ({ Type, TriggerDesc = '' }) => {
  if (Type !== 'http') return undefined
  try {
    const { AuthType, NetConfig } = JSON.parse(TriggerDesc)
    const url = NetConfig?.ExtranetUrl
    return {
      isOpen: AuthType === 'NONE' && NetConfig?.EnableExtranet === true,
      url: typeof url === 'string' && url !== '' ? url.replace(/\/+$/, '') : undefined,
    }
  } catch {
    return undefined
  }
}

/**
 * An alias has one URL at most, and a function here one timer, whatever they are called.
 * @param {WantedTrigger} wanted
 */
const isThat =
  ({ type }) =>
  (/** @type {FoundTrigger} */ found) =>
    found.Type === type && found.Qualifier === LIVE

/**
 * @param {FoundTrigger} found
 * @param {WantedTrigger} wanted
 */
const isAsWanted = (found, { type, description }) =>
  type === 'timer'
    ? found.Enable === 1 && (found.TriggerDesc ?? '').includes(description)
    : urlOf(found)?.isOpen === true

/**
 * @param {ScfApi} api
 * @param {string} functionName
 * @returns {Promise<readonly FoundTrigger[]>}
 */
export const listTriggers = async (api, functionName) =>
  (await api.ListTriggers({ FunctionName: functionName, Limit: 100 })).Triggers ?? []

/**
 * Creates the trigger of a function, or mends it; a URL keeps its name then. `url` is where a function with one is called.
 * @param {ScfApi} api
 * @param {import('../types.d.ts').WantedFunction} wanted
 * @returns {Promise<{ readonly changed: boolean, readonly url?: string }>}
 */
export const ensureTrigger = async (api, { name: functionName, trigger }) => {
  if (trigger === undefined) return { changed: false }
  const find = async () => (await listTriggers(api, functionName)).find(isThat(trigger))
  const found = await find()
  const changed = found === undefined || !isAsWanted(found, trigger)
  if (changed) {
    const request = {
      FunctionName: functionName,
      TriggerName: found?.TriggerName ?? trigger.name,
      Type: trigger.type,
      TriggerDesc: trigger.description,
      Qualifier: LIVE,
      Enable: 'OPEN',
    }
    await (found === undefined ? api.CreateTrigger(request) : api.UpdateTrigger(request))
  }
  const now = changed ? await find() : found
  const url = now && urlOf(now)?.url
  return { changed, ...(url === undefined ? {} : { url }) }
}
