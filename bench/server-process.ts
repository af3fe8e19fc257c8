import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ServerRequest } from './server/main.ts'
import type { LoggedCall, WorldOptions } from './server/world.ts'

export interface WorldLog {
  readonly calls: readonly LoggedCall[]
  readonly violations: readonly string[]
}

/** The server's process, as the parent sees it. */
export interface ServerProcess {
  /** Opens a service that nobody has used yet; its base URL. */
  open(options: WorldOptions): Promise<string>
  /** The log so far. */
  look(url: string): Promise<WorldLog>
  /** The log, and the end of that service. */
  take(url: string): Promise<WorldLog>
  dynamo(): Promise<{ readonly engine: string; readonly endpoint: string }>
  stop(): void
}

export const startServer = (): ServerProcess => {
  const child = fork(fileURLToPath(new URL('./server/main.ts', import.meta.url)))
  const waiting = new Map<number, (answer: Answer) => void>()
  let asked = 0
  child.on('message', (answer: Answer) => {
    waiting.get(answer.number)?.(answer)
    waiting.delete(answer.number)
  })
  const ask = async <T>(request: ServerRequest): Promise<T> => {
    asked += 1
    const number = asked
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(number, resolve)
      child.send({ number, request })
    })
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.value as T
  }
  return {
    open: async (options) => (await ask<{ readonly url: string }>({ ask: 'open', options })).url,
    look: (url) => ask({ ask: 'look', url }),
    take: (url) => ask({ ask: 'take', url }),
    dynamo: () => ask({ ask: 'dynamo' }),
    stop: () => child.disconnect(),
  }
}

interface Answer {
  readonly number: number
  readonly value?: unknown
  readonly error?: string
}
