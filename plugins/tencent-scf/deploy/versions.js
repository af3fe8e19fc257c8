import { createHash } from 'node:crypto'
import { Refusal } from '../api/refusal.js'
import { settingsOf } from './settings.js'
import { settled } from './settled.js'

/** @typedef {import('./settled.js').Target} Target */
/** @typedef {{ readonly number: number, readonly description: string, readonly publishedAt: string }} Version */

/** The alias that everybody calls. It stands for one published version, so that a deployment changes nothing until it is through. */
export const LIVE = '$DEFAULT'

/** What `LIVE` stands for until something is published: the newest code, half of a deployment included. */
export const NEWEST = '$LATEST'

/** A function has 20 versions at most; so many are left to go back to beside the one that is published next. */
const KEPT_VERSIONS = 9

/**
 * Names what a version holds, code and settings. Two that are equal are the same deployment.
 * @param {import('../types.d.ts').WantedFunction} wanted
 */
const fingerprintOf = (wanted) => {
  const { Environment, ...settings } = settingsOf(wanted)
  const variables = Environment.Variables.toSorted((a, b) => (a.Key < b.Key ? -1 : 1))
  const text = JSON.stringify([wanted.handler, wanted.digest, settings, variables])
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/**
 * The version that calls go to: its number as text, or `$LATEST`.
 * @param {Target['api']} api
 * @param {string} name
 */
export const liveVersion = async (api, name) => {
  try {
    const { FunctionVersion } = await api.GetAlias({ FunctionName: name, Name: LIVE })
    return FunctionVersion ?? NEWEST
  } catch (error) {
    if (error instanceof Refusal && /^ResourceNotFound\.Alias/.test(error.code)) return NEWEST
    throw error
  }
}

/**
 * Sends calls to a version from now on.
 * @param {Target['api']} api
 * @param {string} name
 * @param {string} version
 */
export const goLive = async (api, name, version) => {
  await api.UpdateAlias({ FunctionName: name, Name: LIVE, FunctionVersion: version })
}

/**
 * What was published of a function, newest first.
 * @param {Target['api']} api
 * @param {string} name
 * @returns {Promise<readonly Version[]>}
 */
export const publishedVersions = async (api, name) => {
  const { Versions } = await api.ListVersionByFunction({ FunctionName: name, Limit: 100 })
  return (Versions ?? [])
    .filter(({ Version: version }) => /^\d+$/.test(version))
    .map(({ Version: version, Description, AddTime }) => ({
      number: Number(version),
      description: Description ?? '',
      publishedAt: AddTime ?? '',
    }))
    .toSorted((a, b) => b.number - a.number)
}

/**
 * Publishes what stands there; `undefined` where there may be no more versions.
 * @param {Target} target
 * @param {string} name
 * @param {string} description
 */
const publish = async (target, name, description) => {
  try {
    const { FunctionVersion } = await target.api.PublishVersion({
      FunctionName: name,
      Description: description,
    })
    await settled(target, name)
    if (FunctionVersion !== undefined) await settled(target, name, FunctionVersion)
    return FunctionVersion
  } catch (error) {
    if (error instanceof Refusal && error.code.startsWith('LimitExceeded')) return undefined
    throw error
  }
}

/**
 * Old versions that nobody goes back to any more. A version that cannot be deleted, since something else uses it, stays.
 * @param {Target['api']} api
 * @param {string} name
 * @param {readonly Version[]} versions
 * @param {string} live
 */
const forgetOld = async (api, name, versions, live) => {
  const old = versions.slice(KEPT_VERSIONS).map(({ number }) => String(number))
  for (const version of old.filter((one) => one !== live)) {
    try {
      await api.DeleteFunction({ FunctionName: name, Qualifier: version })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  }
}

/**
 * Sends calls to what stands there, and publishes it where that was not done yet. Answers with what was done: `unchanged` where
 * calls go there already, `newest` where there may be no more versions, so that they go to the newest code.
 * @param {Target} target
 * @param {import('../types.d.ts').WantedFunction} wanted
 * @returns {Promise<'unchanged' | 'moved' | 'newest'>}
 */
export const ensureLive = async (target, wanted) => {
  const { api } = target
  const { name } = wanted
  const description = fingerprintOf(wanted)
  const live = await liveVersion(api, name)
  const versions = await publishedVersions(api, name)
  const isSame = (/** @type {Version | undefined} */ one) => one?.description === description
  if (isSame(versions.find(({ number }) => String(number) === live))) return 'unchanged'
  const [newest] = versions
  // Published by a deployment that was interrupted, or left by somebody who went back.
  const known = newest !== undefined && isSame(newest) ? String(newest.number) : undefined
  if (known === undefined) await forgetOld(api, name, versions, live)
  const version = known ?? (await publish(target, name, description)) ?? NEWEST
  if (version === live) return 'unchanged'
  await goLive(api, name, version)
  return version === NEWEST ? 'newest' : 'moved'
}
