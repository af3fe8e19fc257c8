import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { projectDirectory, type ServiceFunction } from './service.ts'
import { zip } from './zip.ts'

export interface Bundle {
  /** `replies.handler`: SCF wants the file at the root of the archive. */
  readonly handler: string
  readonly archive: Buffer
  /** Changes with the code and with nothing else. */
  readonly digest: string
}

/** One file with everything that a function needs, in an archive of its own. */
export const bundleFunction = async (
  { key, handler }: Pick<ServiceFunction, 'key' | 'handler'>,
  bundling: BuildOptions,
): Promise<Bundle> => {
  const [, source, name] = /^(.+)\.(\w+)$/.exec(handler) ?? []
  if (source === undefined || name === undefined) throw new Error(`serverless.yml: no ${handler}`)
  const { outputFiles } = await build({
    ...bundling,
    entryPoints: [join(projectDirectory, `${source}.ts`)],
    absWorkingDir: projectDirectory,
    outfile: `${key}.js`,
    write: false,
    logLevel: 'error',
  })
  const content = Buffer.from(outputFiles[0]?.contents ?? [])
  // Of the content, not of the archive, which another version of zlib packs otherwise.
  const digest = createHash('sha256').update(content).digest('hex')
  return { handler: `${key}.${name}`, archive: zip({ [`${key}.js`]: content }), digest }
}
