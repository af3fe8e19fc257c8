import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { APIGatewayProxyResult } from 'aws-lambda'
import { build } from 'esbuild'
import { botsPlugin } from '../../plugins/bots/esbuild.js'
import type { Environment } from './local-cloud.ts'
import { readZip, type ZipEntry } from './read-zip.ts'
import { copyProject, nodePath, projectDirectory } from './service-project.ts'

const runnerPath = fileURLToPath(new URL('./packaged-runner.ts', import.meta.url))
const ANSWER_LIMIT_MS = 30_000

/** What a command is put behind to run without network, where the system lets us take it away. */
const offline = (): readonly string[] => {
  const isolate = ['unshare', '-rn'] as const
  const [tool, option] = isolate
  return spawnSync(tool, [option, 'true']).status === 0 ? isolate : []
}

export interface PackagedFunction {
  readonly archiveBytes: number
  readonly files: readonly ZipEntry[]
  /** Where the handler was unpacked. */
  readonly handlerPath: string
}

/**
 * What `npm run package` makes of a copy of the project, in this environment. `remove` deletes it; the project's own
 * directory is not written to.
 */
export const packageService = async (env: Environment, stage = 'dev') => {
  const { directory, serverless, readPackaged, remove } = copyProject()
  try {
    await serverless(['package', '--stage', stage], env, offline())
  } catch (error) {
    remove()
    throw error
  }

  return {
    template: String(readPackaged('cloudformation-template-update-stack.json')),
    unpack: (name: string): PackagedFunction =>
      unpackFunction(readPackaged(`${name}.zip`), name, directory),
    remove,
  }
}

/** Unpacks a function's archive below `directory`. */
export const unpackFunction = (
  archive: Buffer,
  name: string,
  directory: string,
): PackagedFunction => {
  const files = readZip(archive)
  for (const { name: file, content } of files) {
    const path = join(directory, 'unpacked', name, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
  const handlerPath = join(directory, 'unpacked', name, 'handlers', `${name}.js`)
  return { archiveBytes: archive.length, files, handlerPath }
}

/**
 * One function alone, bundled in a moment: a process that loads a bundle starts several times as fast as one that loads the
 * sources. `botsIn` is where a `bots.yml` may lie.
 */
export const bundleFunction = async (
  name: 'replies' | 'webhook' | 'worker',
  botsIn = projectDirectory,
) => {
  const directory = mkdtempSync(join(tmpdir(), 'tencent-chat-stream-'))
  const handlerPath = join(directory, `${name}.cjs`)
  await build({
    entryPoints: [join(projectDirectory, `handlers/${name}.ts`)],
    outfile: handlerPath,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    logLevel: 'error',
    plugins: [botsPlugin(botsIn)],
  })
  return { handlerPath, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** Which Node runs a function, and the script that invokes it there. */
export interface FunctionRunner {
  readonly execPath: string
  readonly runnerPath: string
}

/** A process that has loaded nothing but a function, packaged or not. It ends with `stop`, or with this process. */
export const startFunction = (
  handlerPath: string,
  env: Environment,
  runner: FunctionRunner = { execPath: nodePath, runnerPath },
) => {
  const child = fork(runner.runnerPath, [handlerPath], {
    execPath: runner.execPath,
    execArgv: [],
    env,
    silent: true,
  })
  let output = ''
  const read = async (stream: Readable | null): Promise<void> => {
    for await (const part of stream?.setEncoding('utf8') ?? []) output += part
  }
  const ended = Promise.all([once(child, 'exit'), read(child.stdout), read(child.stderr)])
  const died = ended.then(() => {
    throw new Error('The function ended without an answer.')
  })
  died.catch(() => {})
  return {
    invoke: async <Result = APIGatewayProxyResult>(event: object): Promise<Result> => {
      const signal = AbortSignal.timeout(ANSWER_LIMIT_MS)
      const answered = once(child, 'message', { signal })
      child.send(event)
      const [answer] = await Promise.race([answered, died])
      return answer as Result
    },
    /** Stops it as if it were frozen, lets it go on, or kills it. */
    signal: (name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): boolean => child.kill(name),
    /** Standard output and standard error so far. */
    output: () => output,
    /** Resolves with the exit code. */
    ended: async (): Promise<unknown> => (await ended)[0][0],
    stop: async (): Promise<void> => {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
