import { listTriggers, urlOf } from '../deploy/ensure-trigger.js'
import { findFunction } from '../deploy/settled.js'
import { LIVE, liveVersion, NEWEST } from '../deploy/versions.js'
import { targetOf } from './target.js'

/** @typedef {import('../types.d.ts').ServiceFunction} ServiceFunction */

/** What follows the address of a function. */
const paths = new Map([
  ['replies', '/replies'],
  ['webhook', '/webhooks/chat'],
])

/**
 * @param {import('../api/scf-api.js').ScfApi} api
 * @param {ServiceFunction} one
 * @returns {Promise<string>}
 */
const describe = async (api, { key, name }) => {
  const found = await findFunction(api, name)
  if (found === undefined) return `${name}  not deployed`
  const live = await liveVersion(api, name)
  const url = (await listTriggers(api, name))
    .filter(({ Qualifier }) => Qualifier === LIVE)
    .flatMap((trigger) => urlOf(trigger)?.url ?? [])
    .map((address) => `\n  ${address}${paths.get(key) ?? ''}`)
    .join('')
  const version = live === NEWEST ? 'newest code' : `version ${live}`
  const size = `${found.Runtime}, ${found.MemorySize} MB, ${found.Timeout} s`
  return `${name}  ${found.Status}, ${version}, ${size}${url}`
}

/**
 * `serverless info`: what stands there, and where it is called.
 * @type {import('../types.d.ts').Verb}
 */
export const info = (context) => ({
  'info:info': async () => {
    const { name, stage, region, functions } = context.service()
    const { api } = targetOf(context)
    context.say(`service  ${name}\nstage    ${stage}\nregion   ${region}\n`)
    for (const one of functions) context.say(await describe(api, one))
  },
})
