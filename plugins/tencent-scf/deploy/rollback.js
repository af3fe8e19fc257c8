import { findFunction } from './settled.js'
import { goLive, liveVersion, publishedVersions } from './versions.js'

/** @typedef {import('../api/scf-api.js').ScfApi} ScfApi */

/**
 * The versions of a function, newest first, as lines; the one that calls go to is marked.
 * @param {ScfApi} api
 * @param {string} name
 * @returns {Promise<readonly string[]>}
 */
export const describeVersions = async (api, name) => {
  if ((await findFunction(api, name)) === undefined) return [`${name}  is not there`]
  const live = await liveVersion(api, name)
  const versions = await publishedVersions(api, name)
  if (versions.length === 0) return [`${name}  has no version to go back to`]
  return versions.map(({ number, publishedAt }) => {
    const mark = String(number) === live ? '  calls go here' : ''
    return `${name}  ${number}  ${publishedAt}${mark}`
  })
}

/**
 * Sends calls of a function to a version that was published. Throws where there is none of that number.
 * @param {ScfApi} api
 * @param {string} name
 * @param {string} version
 * @returns {Promise<string>} What was done, as a line.
 */
export const goBackTo = async (api, name, version) => {
  const versions = await publishedVersions(api, name)
  if (!versions.some(({ number }) => String(number) === version)) {
    const known = versions.map(({ number }) => number).join(', ') || 'none'
    throw new Error(`${name} has no version ${version}; it has ${known}`)
  }
  if ((await liveVersion(api, name)) === version) return `${name}  ${version} already`
  await goLive(api, name, version)
  return `${name}  back to ${version}`
}

/** Times come as `2026-11-24 12:00:00`, in the time of Beijing. */
const BEIJING = '+08:00'

/**
 * @param {string} text
 * @returns {number} NaN where it is no time.
 */
const publishedMs = (text) => Date.parse(`${text.replace(' ', 'T')}${BEIJING}`)

/**
 * For each function the newest version that had been published at a time. Throws before anything is changed where a function
 * has none so old.
 * @param {ScfApi} api
 * @param {readonly string[]} names
 * @param {number} atMs
 * @returns {Promise<readonly { readonly name: string, readonly version: string }[]>}
 */
export const versionsAt = (api, names, atMs) =>
  Promise.all(
    names.map(async (name) => {
      const versions = await publishedVersions(api, name)
      const found = versions.find(({ publishedAt }) => publishedMs(publishedAt) <= atMs)
      if (found === undefined) {
        throw new Error(`${name} has no version of ${new Date(atMs).toISOString()} or before`)
      }
      return { name, version: String(found.number) }
    }),
  )
