import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import { build } from 'esbuild'

/** @typedef {import('../../lib/config/bots.ts').BotsFile} BotsFile */

const reader = fileURLToPath(new URL('./reader.ts', import.meta.url))

/** @returns {Promise<typeof import('./reader.ts')>} */
const loadReader = async () => {
  const { outputFiles } = await build({
    entryPoints: [reader],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    logLevel: 'error',
    mainFields: ['module', 'main'],
  })
  const module = { exports: {} }
  const run = compileFunction(outputFiles[0]?.text ?? '', ['module', 'exports', 'require'])
  run(module, module.exports, createRequire(import.meta.url))
  return /** @type {typeof import('./reader.ts')} */ (module.exports)
}

/**
 * What the file of the bots says, which `BOTS_FILE` names, else `bots.yml`; `undefined` where there is none. Throws one Error with a
 * line for each problem, its place and what to do about it.
 * @param {string} directory
 * @param {Readonly<Record<string, string | undefined>>} [env]
 * @returns {Promise<BotsFile | undefined>}
 */
export const readBots = async (directory, env = process.env) => {
  const named = env['BOTS_FILE']
  const file = named || 'bots.yml'
  const text = await readFile(join(directory, file), 'utf8').catch((error) => {
    if (error.code === 'ENOENT' && !named) return undefined
    throw new Error(`BOTS_FILE: ${file} cannot be read: ${error.code}`)
  })
  if (text === undefined) return undefined
  const read = (await loadReader()).read(text, file)
  if (read.ok) return read.value
  throw new Error(`The bots are not right:\n  ${read.error.join('\n  ')}`)
}
