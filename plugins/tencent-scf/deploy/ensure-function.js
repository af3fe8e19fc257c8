import { sameCode, sameSettings, settingsOf } from './settings.js'
import { findFunction, settled } from './settled.js'
import { ensureLive } from './versions.js'

/** @typedef {import('../types.d.ts').WantedFunction} WantedFunction */
/** @typedef {import('./settled.js').Target} Target */

/** The function is as wanted all the same. */
const NO_VERSION = 'no version published, since the quota of versions is used up'
/** The newest code was as wanted, but calls went elsewhere. */
const MOVED = 'calls go to the newest version again'

/** @param {WantedFunction} wanted */
const codeOf = ({ handler, archive }) => ({
  Handler: handler,
  Code: { ZipFile: archive.toString('base64') },
  CodeSource: 'ZipFile',
})

/**
 * A log topic is made where none is named.
 * @param {WantedFunction} wanted
 */
const newTopicOf = ({ logs }) =>
  logs === undefined ? { AutoCreateClsTopic: 'TRUE', AutoDeployClsTopicIndex: 'TRUE' } : {}

/**
 * @param {Target} target
 * @param {WantedFunction} wanted
 * @returns {Promise<readonly string[]>}
 */
const create = async (target, wanted) => {
  await target.api.CreateFunction({
    ...settingsOf(wanted),
    ...codeOf(wanted),
    ...newTopicOf(wanted),
    Runtime: wanted.runtime,
    Type: 'Event',
  })
  await settled(target, wanted.name)
  return ['created']
}

/**
 * Changes what is not as wanted. Nobody is called there yet: see `ensureLive`.
 * @param {Target} target
 * @param {WantedFunction} wanted
 * @returns {Promise<readonly string[]>}
 */
const update = async (target, wanted) => {
  const { api } = target
  const { name } = wanted
  const found = await settled(target, name)
  if (found.Runtime !== wanted.runtime) {
    throw new Error(
      `${name} runs on ${found.Runtime}, and serverless.scf.yml wants ${wanted.runtime}, which cannot be changed: npm run remove:scf first`,
    )
  }
  const changes = [
    ...(sameCode(found, wanted) ? [] : ['code']),
    ...(sameSettings(found, wanted) ? [] : ['settings']),
  ]
  if (changes.length === 0) return changes
  if (changes.includes('code')) {
    await api.UpdateFunctionCode({ FunctionName: name, ...codeOf(wanted) })
    await settled(target, name)
  }
  // With the digest of the code in it, and so after the code: an interrupted deployment begins again here.
  await api.UpdateFunctionConfiguration(settingsOf(wanted, found))
  await settled(target, name)
  return changes
}

/**
 * Creates a function, or changes what is not as wanted, and then sends calls there at once; answers with what was done. Where
 * it throws, calls go where they went before. A second time does nothing.
 * @param {Target} target
 * @param {WantedFunction} wanted
 * @returns {Promise<readonly string[]>}
 */
export const ensureFunction = async (target, wanted) => {
  const isThere = (await findFunction(target.api, wanted.name)) !== undefined
  const changes = isThere ? await update(target, wanted) : await create(target, wanted)
  const live = await ensureLive(target, wanted)
  if (live === 'newest' && changes.length > 0) return [...changes, NO_VERSION]
  return live === 'moved' && changes.length === 0 ? [MOVED] : changes
}
