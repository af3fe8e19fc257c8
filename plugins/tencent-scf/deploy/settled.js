import { Refusal } from '../api/refusal.js'

/** @typedef {import('./settings.js').FoundFunction} FoundFunction */
/** @typedef {{ readonly api: import('../api/scf-api.js').ScfApi, readonly clock: import('../types.d.ts').Clock }} Target */

/** Between two looks at a function that changes. */
const POLL_MS = 1_000
const CHANGE_LIMIT_MS = 180_000

/**
 * `undefined` when there is none of that name.
 * @param {Target['api']} api
 * @param {string} name
 * @param {string} [qualifier] The newest code where it is absent.
 * @returns {Promise<FoundFunction | undefined>}
 */
export const findFunction = async (api, name, qualifier) => {
  try {
    return await api.GetFunction({
      FunctionName: name,
      ShowCode: 'FALSE',
      ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
    })
  } catch (error) {
    const isAbsent = error instanceof Refusal && /^ResourceNotFound\.Function/.test(error.code)
    if (isAbsent) return undefined
    throw error
  }
}

/** @param {FoundFunction} found */
const whyFailed = ({ Status, StatusDesc, StatusReasons }) =>
  [Status, StatusDesc, ...(StatusReasons ?? []).map((reason) => reason.ErrorMessage)]
    .filter(Boolean)
    .join(', ')

/**
 * Waits until a function takes changes again. Throws where it cannot.
 * @param {Target} target
 * @param {string} name
 * @param {string} [qualifier]
 * @returns {Promise<FoundFunction>}
 */
export const settled = async ({ api, clock }, name, qualifier) => {
  const sinceMs = clock.now()
  for (;;) {
    const found = await findFunction(api, name, qualifier)
    if (found?.Status === 'Active') return found
    if (found?.Status?.endsWith('Failed')) {
      const remedy = 'npm run remove:scf takes it away'
      throw new Error(`${name} is ${whyFailed(found)}: look at it in the console; ${remedy}`)
    }
    if (clock.now() - sinceMs > CHANGE_LIMIT_MS) {
      throw new Error(
        `${name} is ${found?.Status ?? 'not there'} after ${CHANGE_LIMIT_MS / 1_000} s`,
      )
    }
    await clock.sleep(POLL_MS)
  }
}
