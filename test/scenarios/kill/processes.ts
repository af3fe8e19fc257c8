import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../../support/local-cloud.ts'
import type { PlannedReply } from './planned-reply.ts'

const nodePath = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url))
const writer = new URL('./writer.ts', import.meta.url)
const sweeper = new URL('./sweeper.ts', import.meta.url)

/** A process of its own that writes replies until it is killed. */
export interface WriterProcess {
  /** Resolves when it begins, or is dead before. */
  readonly begun: Promise<unknown>
  /** Resolves when it is dead, with what it died of: `SIGKILL`, or else what it complained of. */
  kill(): Promise<string>
}

export const startWriter = (env: Environment, replies: readonly PlannedReply[]): WriterProcess => {
  const { child, ended } = start(env, writer, JSON.stringify(replies))
  return {
    begun: Promise.race([once(child.stdout, 'data'), ended]),
    kill() {
      child.kill('SIGKILL')
      return ended
    },
  }
}

/** Lets a writer without replies end in order, which fills Node's compile cache; killed ones leave nothing there. */
export const warmUp = async (env: Environment): Promise<void> => {
  const { child, ended } = start(env, writer, '[]')
  child.stdin.end()
  await ended
}

/** A process of its own that sweeps until it is stopped; resolves with how it ended, `exit 0` if all is well. */
export const startSweeper = (env: Environment): { stop(): Promise<string> } => {
  const { child, ended } = start(env, sweeper)
  return {
    stop() {
      child.stdin.end()
      return ended
    },
  }
}

const start = (env: Environment, script: URL, ...args: string[]) => {
  const child: ChildProcessWithoutNullStreams = spawn(nodePath, [fileURLToPath(script), ...args], {
    env: { ...env },
  })
  let complaint = ''
  child.stderr.on('data', (text) => {
    complaint += text
  })
  const ended = once(child, 'close').then(
    ([code, signal]) => `${signal ?? `exit ${code}`}${complaint}`,
  )
  return { child, ended }
}
