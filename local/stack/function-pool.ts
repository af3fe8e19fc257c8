import { err, type Result } from '../../lib/core/result.ts'
import { type InvocationFailure, type Sandbox, type SandboxPlan, startSandbox } from './sandbox.ts'

/** One function of the service, in as many sandboxes as its invocations need. */
export interface FunctionPool {
  readonly name: string
  /** Runs in a warm sandbox, else in a new one; waits where as many as allowed are at work. Never rejects. */
  invoke(event: unknown): Promise<Result<unknown, InvocationFailure>>
  /** Starts a sandbox ahead of the first invocation. An Err when the function does not load. */
  warmUp(): Promise<Result<void, InvocationFailure>>
  /** New invocations get new sandboxes; those at work finish first. */
  renew(): void
  /** Kills the processes that are at work, as a platform may at any moment. */
  killAtWork(): void
  /** Ends every sandbox, at work or not. */
  close(): Promise<void>
}

export interface FunctionPoolOptions {
  readonly name: string
  /** Asked for each new sandbox; an Err where the function cannot be run as it stands. */
  readonly plan: () => Result<SandboxPlan, InvocationFailure>
  readonly maxSandboxes: number
  /** Hears of each invocation that gave no answer. */
  readonly report: (failure: InvocationFailure, event: unknown) => void
  /** Hears of each invocation as it begins; `cold` where it is its sandbox's first. */
  readonly began: (event: unknown, cold: boolean) => void
  readonly started: (sandbox: Sandbox) => void
}

/** Sandboxes are made when they are needed and used again, one invocation at a time each. */
export const functionPool = (options: FunctionPoolOptions): FunctionPool => {
  const { name, plan, maxSandboxes, report, began } = options
  const all = new Set<Sandbox>()
  const starting = new Set<Promise<unknown>>()
  const idle: Sandbox[] = []
  const atWork = new Set<Sandbox>()
  const used = new WeakSet<Sandbox>()
  const waiting: (() => void)[] = []
  let taken = 0
  let generation = 0
  let closed = false

  const discard = async (sandbox: Sandbox): Promise<void> => {
    await sandbox.kill()
    all.delete(sandbox)
  }

  const startOne = async (): Promise<Result<Sandbox, InvocationFailure>> => {
    const planned = plan()
    if (!planned.ok) return planned
    const start = startSandbox(planned.value)
    starting.add(start)
    const started = await start
    starting.delete(start)
    if (!started.ok) return started
    all.add(started.value)
    options.started(started.value)
    if (!closed) return started
    await discard(started.value)
    return err({ reason: 'broken', detail: 'the stack is being stopped' })
  }

  const warm = (): Sandbox | undefined => {
    const sandbox = idle.pop()
    return sandbox === undefined || sandbox.alive() ? sandbox : warm()
  }

  const takeTicket = async (): Promise<void> => {
    if (taken >= maxSandboxes) await new Promise<void>((resolve) => waiting.push(resolve))
    else taken++
  }
  const leaveTicket = (): void => {
    const next = waiting.shift()
    if (next === undefined) taken--
    else next()
  }

  const giveBack = (sandbox: Sandbox, bornIn: number): void => {
    if (bornIn === generation && sandbox.alive() && !closed) idle.push(sandbox)
    else void discard(sandbox)
  }

  const withSandbox = async <T>(
    use: (sandbox: Sandbox) => Promise<Result<T, InvocationFailure>>,
  ): Promise<Result<T, InvocationFailure>> => {
    await takeTicket()
    const bornIn = generation
    const warmOne = warm()
    const sandbox = warmOne === undefined ? await startOne() : { ok: true as const, value: warmOne }
    const result = sandbox.ok ? await use(sandbox.value) : sandbox
    if (sandbox.ok) giveBack(sandbox.value, bornIn)
    leaveTicket()
    return result
  }

  return {
    name,
    async invoke(event) {
      const result = await withSandbox(async (sandbox) => {
        began(event, !used.has(sandbox))
        used.add(sandbox)
        atWork.add(sandbox)
        const invoked = await sandbox.invoke(event)
        atWork.delete(sandbox)
        return invoked
      })
      if (!result.ok && !closed) report(result.error, event)
      return result
    },
    warmUp: () => withSandbox(async () => ({ ok: true, value: undefined })),
    renew() {
      generation++
      for (const sandbox of idle.splice(0)) void discard(sandbox)
    },
    killAtWork() {
      for (const sandbox of atWork) void discard(sandbox)
    },
    async close() {
      closed = true
      await Promise.all([...all].map(discard))
      await Promise.all(starting)
    },
  }
}
