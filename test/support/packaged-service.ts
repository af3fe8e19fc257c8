import { execFile, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { APIGatewayProxyResult } from 'aws-lambda'
import { build } from 'esbuild'
import type { Environment } from './local-cloud.ts'
import { readZip, type ZipEntry } from './read-zip.ts'

export const projectDirectory = fileURLToPath(new URL('../..', import.meta.url))
/** The Node of the deployed functions, whatever this process runs on. */
export const nodePath = join(projectDirectory, 'node_modules/.bin/node')
const runnerPath = fileURLToPath(new URL('./packaged-runner.ts', import.meta.url))
const packagingLimitMs = 60_000
const answerLimitMs = 30_000

const run = promisify(execFile)

/** A command and its arguments, without network where the system lets us take it away. */
const offline = (command: readonly string[]): readonly string[] => {
  const isolate = ['unshare', '-rn'] as const
  const [tool, option] = isolate
  return spawnSync(tool, [option, 'true']).status === 0 ? [...isolate, ...command] : command
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
export const packageService = async (env: Environment) => {
  const directory = mkdtempSync(join(tmpdir(), 'tencent-chat-stream-'))
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  // What is unpacked lies beside the copy: below it, the project's package.json would count.
  const project = join(directory, 'project')
  mkdirSync(project)
  try {
    for (const name of ['handlers', 'lib', 'package.json', 'serverless.yml', 'tsconfig.json']) {
      cpSync(join(projectDirectory, name), join(project, name), { recursive: true })
    }
    symlinkSync(join(projectDirectory, 'node_modules'), join(project, 'node_modules'))
    const serverless = [nodePath, 'node_modules/.bin/serverless', 'package']
    const [command = '', ...args] = offline(serverless)
    await run(command, args, {
      cwd: project,
      env: { PATH: process.env['PATH'], HOME: directory, ...env },
      timeout: packagingLimitMs,
    })
  } catch (error) {
    remove()
    throw error
  }

  const output = join(project, '.serverless')
  return {
    template: readFileSync(join(output, 'cloudformation-template-update-stack.json'), 'utf8'),
    unpack: (name: string): PackagedFunction => {
      const archive = readFileSync(join(output, `${name}.zip`))
      const files = readZip(archive)
      for (const { name: file, content } of files) {
        const path = join(directory, 'unpacked', name, file)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, content)
      }
      const handlerPath = join(directory, 'unpacked', name, 'handlers', `${name}.js`)
      return { archiveBytes: archive.length, files, handlerPath }
    },
    remove,
  }
}

/**
 * One function alone, bundled in a moment: a process that loads a bundle starts several times as fast as one that loads the
 * sources.
 */
export const bundleFunction = async (name: 'replies' | 'worker') => {
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
      const signal = AbortSignal.timeout(answerLimitMs)
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
