import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { projectDirectory } from '../../local/scf/service.ts'
import type { WantedFunction } from '../../local/scf/wanted.ts'
import type { Environment } from './local-cloud.ts'
import { startFunction } from './packaged-service.ts'
import { readZip } from './read-zip.ts'

const runnerSource = fileURLToPath(new URL('./packaged-runner.ts', import.meta.url))

/** The Node of SCF's runtime, where it is installed; `NODE18_PATH` names another one. */
export const scfNodePath = (): string | undefined =>
  [process.env['NODE18_PATH'], join(projectDirectory, 'node_modules/node18/bin/node')].find(
    (path) => path !== undefined && existsSync(path),
  )

/** Functions as a deployment packs them, unpacked into a directory of their own. `remove` deletes it. */
export const unpackForScf = async (functions: readonly WantedFunction[], execPath: string) => {
  const directory = mkdtempSync(join(tmpdir(), 'tencent-chat-stream-'))
  const runnerPath = join(directory, 'runner.cjs')
  await build({ entryPoints: [runnerSource], outfile: runnerPath, platform: 'node', format: 'cjs' })
  for (const { key, archive } of functions) {
    for (const { name, content } of readZip(archive)) {
      const path = join(directory, key, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
    }
  }
  return {
    start: (key: string, env: Environment) =>
      startFunction(join(directory, key, `${key}.js`), env, { execPath, runnerPath }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
