import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'

/** A function that an SQS queue triggers, when it is awaited. */
export type QueueHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>

/** Such a function as its sandbox runs it; `killed` aborts when nothing that it does may have any effect any more. */
type SandboxedHandler = (
  event: SQSEvent,
  context: Context,
  killed: AbortSignal,
) => Promise<SQSBatchResponse>

export interface PollOptions {
  readonly handler: SandboxedHandler
  readonly newContext: () => Context
  /** Invocations at once. */
  readonly concurrency?: number
}

/** One batch that a handler was invoked with. */
interface PolledInvocation {
  readonly bodies: readonly string[]
  readonly startedAtMs: number
  /** From now on no answer of the handler counts: its messages stay hidden until their time is over. */
  readonly kill: () => void
}

export interface QueuePoller {
  /** Every invocation so far, in the order of their starts. */
  readonly invocations: readonly PolledInvocation[]
  /** Asks the queue for no more, and waits for the invocations under way that were not killed. */
  stop(): Promise<void>
}

interface PolledQueue {
  /** Waits a while for messages. */
  receive(): Promise<readonly SQSRecord[]>
  /** Runs a handler and deletes what it did not report as failed. */
  invoke(handler: QueueHandler, records: readonly SQSRecord[], context: Context): Promise<unknown>
}

/** Rejects once its invocation was killed. */
const mortal = (handler: SandboxedHandler, killed: AbortSignal): QueueHandler => {
  const death = new Promise<never>((_, reject) => {
    killed.addEventListener('abort', () => reject(new Error('killed')), { once: true })
  })
  return (event, context) => Promise.race([handler(event, context, killed), death])
}

/** Polls in `concurrency` lanes, each of which runs one invocation at a time. */
export const queuePoller = (
  { handler, newContext, concurrency = 1 }: PollOptions,
  { receive, invoke }: PolledQueue,
): QueuePoller => {
  const invocations: PolledInvocation[] = []
  let stopped = false

  const take = async (records: readonly SQSRecord[]): Promise<void> => {
    const killed = new AbortController()
    invocations.push({
      bodies: records.map(({ body }) => body),
      startedAtMs: Date.now(),
      kill: () => killed.abort(),
    })
    await invoke(mortal(handler, killed.signal), records, newContext())
  }
  const lane = async (): Promise<void> => {
    while (!stopped) {
      const records = await receive()
      if (records.length > 0) await take(records)
    }
  }
  const lanes = Array.from({ length: concurrency }, lane)

  return {
    invocations,
    async stop() {
      stopped = true
      await Promise.all(lanes)
    },
  }
}
