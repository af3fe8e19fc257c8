import { statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

/**
 * What of the framework is of use here.
 * @typedef {{
 *   readonly serviceDir: string
 *   readonly processedInput: { readonly commands: readonly string[] }
 *   readonly service: {
 *     readonly package: { readonly path?: string }
 *     readonly functions: Readonly<Record<string, unknown>>
 *   }
 * }} Serverless
 */

/** Says where `serverless package` has put the archive of each function. */
export default class NamedArchives {
  /**
   * @param {Serverless} serverless
   * @param {Readonly<Record<string, unknown>>} options
   * @param {{ readonly writeText: (line: string) => void }} writers
   */
  constructor({ serviceDir, processedInput, service }, options, { writeText }) {
    const given = options['package'] ?? service.package.path
    this.hooks = {
      'after:package:finalize': () => {
        // A deployment packages, too, and says enough.
        if (processedInput.commands[0] !== 'package') return
        const directory = resolve(serviceDir, typeof given === 'string' ? given : '.serverless')
        for (const name of Object.keys(service.functions)) {
          const path = join(directory, `${name}.zip`)
          writeText(
            `${relative(process.cwd(), path)}  ${Math.ceil(statSync(path).size / 1_000)} kB`,
          )
        }
      },
    }
  }
}
