import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import { build } from 'esbuild'

/** @typedef {typeof import('./readers.ts').readers} Readers */

const path = fileURLToPath(new URL('./readers.ts', import.meta.url))

/**
 * The functions' own readers of the environment.
 * @param {import('esbuild').BuildOptions} bundling
 * @returns {Promise<Readers>}
 */
export const loadReaders = async ({ alias, mainFields }) => {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    logLevel: 'error',
    ...(alias === undefined ? {} : { alias }),
    ...(mainFields === undefined ? {} : { mainFields }),
  })
  /** @type {{ exports: { readers?: Readers } }} */
  const module = { exports: {} }
  const run = compileFunction(outputFiles[0]?.text ?? '', ['module', 'exports', 'require'])
  run(module, module.exports, createRequire(import.meta.url))
  const { readers } = module.exports
  if (readers === undefined) throw new Error('deploy/readers.ts exports no readers')
  return readers
}
