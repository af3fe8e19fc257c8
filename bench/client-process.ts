import { fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClientJob, ClientReport } from './client/job.ts'

const compileCache = join(tmpdir(), 'tencent-chat-stream-bench-cache')
const script = fileURLToPath(new URL('./client/main.ts', import.meta.url))

/** A client's process that has warmed up and waits. */
export interface ClientProcess {
  /** Plays; rejects when the process ends without its report or takes longer than `limitMs`. */
  go(limitMs: number): Promise<ClientReport>
  kill(): void
}

export const startClient = async (job: ClientJob): Promise<ClientProcess> => {
  const child = fork(script, [JSON.stringify(job)], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
      // Only for a quicker start, which is measured elsewhere.
      NODE_COMPILE_CACHE: compileCache,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let complaint = ''
  child.stderr?.on('data', (part) => {
    complaint = (complaint + part).slice(-2_000)
  })
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${job.helper} ended (${signal ?? code}): ${complaint}`)
  })
  ended.catch(() => {})
  await Promise.race([once(child, 'message'), ended])
  return {
    async go(limitMs) {
      const answered = once(child, 'message')
      child.send('go')
      const late = setTimeout(() => {
        complaint = `not over ${Math.round(limitMs / 1_000)} s after its start`
        child.kill('SIGKILL')
      }, limitMs)
      try {
        const [report] = await Promise.race([answered, ended])
        return report as ClientReport
      } finally {
        clearTimeout(late)
      }
    },
    kill: () => child.kill('SIGKILL'),
  }
}
