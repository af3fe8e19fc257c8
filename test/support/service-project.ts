import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Environment } from './local-cloud.ts'

/** Where the project lies. */
export const projectDirectory = fileURLToPath(new URL('../..', import.meta.url))
/** The Node of the deployed functions, whatever this process runs on. */
export const nodePath = join(projectDirectory, 'node_modules/.bin/node')
const COMMAND_LIMIT_MS = 60_000
/** What processes of the same modules compile once for all of them: a third of what a short command costs. */
export const compileCache = { NODE_COMPILE_CACHE: join(tmpdir(), 'tencent-chat-stream-compiled') }

const run = promisify(execFile)

/** What the framework needs of the project. */
const projectFiles = [
  'handlers',
  'lib',
  'plugins',
  'package.json',
  'serverless.scf.yml',
  'serverless.yml',
  'tsconfig.json',
]

interface Printed {
  readonly stdout: string
  readonly stderr: string
}

/** A copy of the project in a directory of its own, so that nothing is written to the project's. */
export const copyProject = () => {
  const directory = mkdtempSync(join(tmpdir(), 'tencent-chat-stream-'))
  // What is unpacked lies beside the copy: below it, the project's package.json would count.
  const project = join(directory, 'project')
  mkdirSync(project)
  for (const name of projectFiles) {
    cpSync(join(projectDirectory, name), join(project, name), { recursive: true })
  }
  symlinkSync(join(projectDirectory, 'node_modules'), join(project, 'node_modules'))
  return {
    /** Where the copy lies; there is room beside it. */
    directory,
    project,
    /**
     * Runs `serverless` with these arguments and nothing of this process's environment, behind a command such as one that
     * takes the network away. Resolves with all that it printed; when it fails, rejects with that as the message.
     */
    serverless: async (
      args: readonly string[],
      env: Environment,
      behind: readonly string[] = [],
    ): Promise<string> => {
      const [command = '', ...rest] = [...behind, nodePath, 'node_modules/.bin/serverless', ...args]
      const printed = await run(command, rest, {
        cwd: project,
        env: { PATH: process.env['PATH'], HOME: directory, ...compileCache, ...env },
        timeout: COMMAND_LIMIT_MS,
      }).catch((error: Partial<Printed>) => {
        throw new Error(`${error.stdout}${error.stderr}`, { cause: error })
      })
      return printed.stdout + printed.stderr
    },
    /** A file that packaging made. */
    readPackaged: (name: string): Buffer => readFileSync(join(project, '.serverless', name)),
    remove: (): void => rmSync(directory, { recursive: true, force: true }),
  }
}
