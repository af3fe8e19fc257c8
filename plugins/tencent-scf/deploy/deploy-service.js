import { ensureConcurrency } from './ensure-concurrency.js'
import { ensureFunction } from './ensure-function.js'
import { ensureTrigger } from './ensure-trigger.js'

/** @typedef {import('../types.d.ts').WantedFunction} WantedFunction */
/** @typedef {import('./settled.js').Target} Target */

const WHAT_STAYS =
  'calls go where they went before. Mend what is said below and run the same command again; it goes on from here'

/**
 * @param {Target} target
 * @param {WantedFunction} wanted
 * @returns {Promise<{ readonly done: readonly string[], readonly url?: string }>}
 */
const deployFunction = async (target, wanted) => {
  const changes = await ensureFunction(target, wanted)
  const reserved = await ensureConcurrency(target.api, wanted)
  const { changed, ...url } = await ensureTrigger(target.api, wanted)
  const done = [
    ...changes,
    ...(reserved ? ['reserved instances'] : []),
    ...(changed ? ['trigger'] : []),
  ]
  return { done, ...url }
}

/**
 * Brings every function and its trigger to what is wanted, one after another, and says of each what was done. Answers with the
 * URLs, by the function's key. Throws what stopped it, after it said at which function; what was done until then stays, and the
 * next time goes on from there.
 * @param {Target} target
 * @param {readonly WantedFunction[]} wanted
 * @param {(line: string) => void} say
 * @returns {Promise<Readonly<Record<string, string>>>}
 */
export const deployService = async (target, wanted, say) => {
  /** @type {Record<string, string>} */
  const urls = {}
  // Nobody shall be called before the worker is there.
  const inOrder = wanted.toSorted((a, b) => Number(b.key === 'worker') - Number(a.key === 'worker'))
  for (const one of inOrder) {
    try {
      const { done, url } = await deployFunction(target, one)
      say(`${one.name}  ${done.length === 0 ? 'unchanged' : done.join(', ')}`)
      if (url !== undefined) urls[one.key] = url
    } catch (error) {
      say(`${one.name}  not changed: ${WHAT_STAYS}`)
      throw error
    }
  }
  return urls
}
