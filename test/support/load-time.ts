import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Environment } from './local-cloud.ts'
import { nodePath, projectDirectory } from './service-project.ts'

interface Load {
  readonly loadMs: number
  /** Node's own modules in the process, once the event was answered. */
  readonly builtins: readonly string[]
}

const script = `
const [, file, event] = process.argv
const startedAt = process.hrtime.bigint()
const { handler } = require(file)
const loadMs = Number(process.hrtime.bigint() - startedAt) / 1e6
Promise.resolve(event === undefined ? undefined : handler(JSON.parse(event), {})).then(() => {
  console.log('\\n' + JSON.stringify({ loadMs, builtins: process.moduleLoadList }))
})`

/** Loads a CommonJS file in a fresh process of the packaged Node, and has it answer an event where one is given. */
export const loadFresh = (file: string, env: Environment, event?: object): Load => {
  const events = event === undefined ? [] : [JSON.stringify(event)]
  const { stdout } = spawnSync(nodePath, ['-e', script, file, ...events], { env, timeout: 20_000 })
  return JSON.parse(String(stdout).trim().split('\n').at(-1) ?? '') as Load
}

/** Milliseconds that fresh processes take to load each file; the median of `rounds`, in which the files take turns. */
export const medianLoadMs = (
  files: readonly string[],
  env: Environment,
  rounds = 7,
): readonly number[] => {
  const times = Array.from({ length: rounds }, () =>
    files.map((file) => loadFresh(file, env).loadMs),
  )
  return files.map((_, at) => {
    const sorted = times.map((round) => round[at] ?? 0).sort((a, b) => a - b)
    return sorted[Math.floor(rounds / 2)] ?? 0
  })
}

/** Scripts to compare with, bundled as serverless.yml bundles the functions. */
export const bundleScripts = async <Name extends string>(
  sources: Readonly<Record<Name, string>>,
) => {
  const directory = mkdtempSync(join(tmpdir(), 'tencent-chat-stream-'))
  const fileOf = (name: string): string => join(directory, `${name}.js`)
  for (const [name, contents] of Object.entries<string>(sources)) {
    await build({
      stdin: { contents, resolveDir: projectDirectory },
      outfile: fileOf(name),
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node18',
      format: 'cjs',
      mainFields: ['module', 'main'],
      logLevel: 'error',
    })
  }
  return {
    fileOf: (name: Name): string => fileOf(name),
    remove: (): void => rmSync(directory, { recursive: true, force: true }),
  }
}
