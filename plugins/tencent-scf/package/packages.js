import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Which code is in which archive. */
const MANIFEST = 'tencent-scf.json'

/**
 * Where the archive of a function lies.
 * @param {string} directory
 * @param {string} key
 */
const archivePath = (directory, key) => join(directory, `${key}.zip`)

/** @typedef {Readonly<Record<string, { readonly handler: string, readonly digest: string }>>} Manifest */

/**
 * @param {string} directory
 * @returns {Promise<Manifest>}
 */
const readManifest = async (directory) => {
  try {
    return JSON.parse(await readFile(join(directory, MANIFEST), 'utf8'))
  } catch {
    return {}
  }
}

/**
 * Writes an archive to `directory`, over an older one of the same function. Resolves with its path.
 * @param {string} directory
 * @param {string} key
 * @param {import('../types.d.ts').Packaged} packaged
 */
export const writePackage = async (directory, key, { handler, digest, archive }) => {
  await mkdir(directory, { recursive: true })
  const path = archivePath(directory, key)
  const { [key]: _, ...others } = await readManifest(directory)
  // Without its entry the archive is none: whoever is interrupted here leaves no pair that does not fit.
  await writeFile(join(directory, MANIFEST), JSON.stringify(others))
  await writeFile(path, archive)
  await writeFile(
    join(directory, MANIFEST),
    JSON.stringify({ ...others, [key]: { handler, digest } }, null, 2),
  )
  return path
}

/**
 * Reads what `writePackage` wrote. Throws where nothing of that function is there.
 * @param {string} directory
 * @param {string} key
 * @returns {Promise<import('../types.d.ts').Packaged>}
 */
export const readPackage = async (directory, key) => {
  const entry = (await readManifest(directory))[key]
  const archive = await readFile(archivePath(directory, key)).catch(() => undefined)
  if (entry === undefined || archive === undefined) {
    throw new Error(`${directory} holds no ${key}.zip of this provider: run "package" first`)
  }
  return { ...entry, archive }
}

/**
 * Takes away what was packaged before, and nothing else.
 * @param {string} directory
 * @param {readonly string[]} keys
 */
export const clearPackages = async (directory, keys) => {
  const paths = [join(directory, MANIFEST), ...keys.map((key) => archivePath(directory, key))]
  await Promise.all(paths.map((path) => rm(path, { force: true })))
}
