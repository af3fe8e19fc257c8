import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { build } from 'esbuild'
import { botsPlugin } from '../../bots/esbuild.js'
import { zip } from './zip.js'

/**
 * One file with everything that a function needs, in an archive of its own.
 * @param {Pick<import('../types.d.ts').Service, 'directory' | 'bundling'>} service
 * @param {Pick<import('../types.d.ts').ServiceFunction, 'key' | 'handler'>} one
 * @returns {Promise<import('../types.d.ts').Packaged & { readonly content: Buffer }>}
 */
export const bundleFunction = async ({ directory, bundling }, { key, handler }) => {
  const [, source, name] = /^(.+)\.(\w+)$/.exec(handler) ?? []
  if (source === undefined || name === undefined) {
    throw new Error(`${key} has the handler ${handler}: name a file and what it exports`)
  }
  const { outputFiles } = await build({
    ...bundling,
    entryPoints: [join(directory, `${source}.ts`)],
    absWorkingDir: directory,
    outfile: `${key}.js`,
    write: false,
    logLevel: 'error',
    plugins: [botsPlugin(directory)],
  })
  const content = Buffer.from(outputFiles?.[0]?.contents ?? [])
  // Of the content, not of the archive, which another version of zlib packs otherwise.
  const digest = createHash('sha256').update(content).digest('hex')
  return { handler: `${key}.${name}`, archive: zip({ [`${key}.js`]: content }), digest, content }
}
