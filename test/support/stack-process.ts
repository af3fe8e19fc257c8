import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from './local-cloud.ts'
import { compileCache, nodePath, projectDirectory } from './service-project.ts'

/** Where it runs. */
export interface StackPlace {
  /** Its file `.env` counts. */
  readonly cwd?: string
  /** Another project than this one. */
  readonly project?: string | undefined
}
const READY = /Ready after ([\d.]+) s\. Open (http:\/\/127\.0\.0\.1:\d+)/

/** `npm start` as its user runs it, on a free port unless `env` names one; without a file `.env`. */
export const startStackProcess = (
  env: Environment = {},
  args: readonly string[] = [],
  { cwd = tmpdir(), project = projectDirectory }: StackPlace = {},
) => {
  const startFile = join(project, 'local/stack/start.js')
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(nodePath, [startFile, ...args], {
    cwd,
    env: { PATH, HOME, PORT: '0', ...compileCache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code)
  const isReady = new Promise<{ readonly url: string; readonly seconds: number }>((resolve) => {
    const read = (text: Buffer): void => {
      output += text
      const [, seconds, url] = READY.exec(output) ?? []
      if (url !== undefined) resolve({ url, seconds: Number(seconds) })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
  })

  return {
    pid: child.pid ?? 0,
    /** Rejects with what it printed when it ends before it is ready. */
    ready: Promise.race([
      isReady,
      ended.then((code) => Promise.reject(new Error(`ended with ${code}: ${output}`))),
    ]),
    /** Its exit code. */
    ended,
    output: () => output,
    interrupt: () => child.kill('SIGINT'),
    /** Ends it in order, if it has not ended. */
    stop: async (): Promise<void> => {
      child.kill('SIGINT')
      await ended
    },
  }
}

export type StackProcess = ReturnType<typeof startStackProcess>
