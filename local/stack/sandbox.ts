import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { err, ok, type Result } from '../../lib/core/result.ts'
import type { InvokeMessage, SandboxMessage, SourceErrorMessage } from './sandbox-child.ts'
import type { SourceError } from './watched-sources.ts'

/** Why a function gave no answer. */
export interface InvocationFailure {
  /** `unusable`: it does not load. `broken`: its process died. */
  readonly reason: 'threw' | 'timed-out' | 'broken' | 'unusable'
  /** For the developer: message and stack, or what to mend. */
  readonly detail: string
  /** The line that does not compile. */
  readonly frame?: string
}

/** A function as it is to be run. */
export interface SandboxPlan {
  readonly functionName: string
  /** `handlers/replies.handler`, from `directory`. */
  readonly handler: string
  readonly directory: string
  readonly timeoutMs: number
  readonly memoryMb: number
  readonly env: Readonly<Record<string, string>>
  /** Gets each line that the function prints. */
  readonly print: (line: string) => void
  readonly sourceThrew: (error: SourceError) => void
}

/** A process that has loaded a function and runs one invocation at a time. */
export interface Sandbox {
  /** Ends the process when the function's time is over. Never rejects. */
  invoke(event: unknown): Promise<Result<unknown, InvocationFailure>>
  /** False once the process is dead or dying. */
  readonly alive: () => boolean
  /** The names of its reply sources, where it has any. */
  readonly sources?: readonly string[]
  kill(): Promise<void>
}

const childFile = fileURLToPath(new URL('sandbox-child.ts', import.meta.url))

const broken = (detail: string) => err<InvocationFailure>({ reason: 'broken', detail })

/** Starts a process and loads the function in it. An Err when that fails; its detail is the function's own message. */
export const startSandbox = async (
  plan: SandboxPlan,
): Promise<Result<Sandbox, InvocationFailure>> => {
  const child = fork(childFile, [], {
    cwd: plan.directory,
    env: { ...plan.env, _HANDLER: plan.handler },
    execArgv: [`--max-old-space-size=${plan.memoryMb}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  child.on('message', (message: SandboxMessage | SourceErrorMessage) => {
    if (message.kind === 'source-error') plan.sourceThrew(message)
  })
  for (const stream of [child.stdout, child.stderr]) printLines(stream, plan.print)
  let dying = false
  const gone = once(child, 'exit').then(
    ([code, signal]) => {
      dying = true
      return broken(`its process ended with ${signal ?? `exit code ${code}`}`)
    },
    (error: unknown) => broken(`its process did not start: ${error}`),
  )
  const kill = async (): Promise<void> => {
    dying = true
    child.kill('SIGKILL')
    await gone
  }

  const loaded = await Promise.race([nextMessage(child), gone])
  if ('ok' in loaded) return loaded
  if (loaded.kind === 'unusable') {
    await gone
    return err({ reason: 'unusable', detail: loaded.error })
  }
  return ok({
    ...(loaded.kind === 'ready' && loaded.sources && { sources: loaded.sources }),
    alive: () => !dying && child.connected,
    kill,
    async invoke(event) {
      const { functionName, timeoutMs } = plan
      const message: InvokeMessage = { event, functionName, remainingMs: timeoutMs }
      const answer = nextMessage(child)
      child.send(message, () => {})
      const timer = deadline(timeoutMs)
      const outcome = await Promise.race([answer, gone, timer.over])
      timer.clear()
      if (outcome === undefined) {
        await kill()
        return err({ reason: 'timed-out', detail: `no answer within ${timeoutMs / 1000} s` })
      }
      if ('ok' in outcome) return outcome
      return outcome.kind === 'returned'
        ? ok(outcome.value)
        : err({ reason: 'threw', detail: 'error' in outcome ? outcome.error : '' })
    },
  })
}

const nextMessage = (child: ChildProcess): Promise<SandboxMessage> =>
  new Promise((resolve) => {
    const hear = (message: SandboxMessage | SourceErrorMessage): void => {
      if (message.kind === 'source-error') return
      child.off('message', hear)
      resolve(message)
    }
    child.on('message', hear)
  })

const deadline = (ms: number) => {
  let timer: NodeJS.Timeout
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  return { over, clear: () => clearTimeout(timer) }
}

const printLines = (stream: Readable | null, print: (line: string) => void): void => {
  if (stream !== null) createInterface({ input: stream }).on('line', print)
}
