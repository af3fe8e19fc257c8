import { relative } from 'node:path'
import { bundleFunction } from '../package/bundle.js'
import { clearPackages, writePackage } from '../package/packages.js'

/**
 * `serverless package`: one archive for each function in the package directory. Needs neither account nor network.
 * @type {import('../types.d.ts').Verb}
 */
export const packageVerb = ({ service, say, setArtifact }) => ({
  'package:cleanup': async () => {
    const { packageDirectory, functions } = service()
    await clearPackages(
      packageDirectory,
      functions.map(({ key }) => key),
    )
  },
  // Before the framework looks for archives: it makes none where there is one.
  'before:package:createDeploymentArtifacts': async () => {
    const read = service()
    for (const one of read.functions) {
      const packaged = await bundleFunction(read, one)
      const path = await writePackage(read.packageDirectory, one.key, packaged)
      setArtifact(one.key, path)
      say(`${relative(process.cwd(), path)}  ${Math.ceil(packaged.archive.length / 1_000)} kB`)
    }
  },
})
