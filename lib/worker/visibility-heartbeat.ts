import type { Clock, QueueReceipts, ReceiptHandle } from '../ports.ts'

/** Messages that other invocations do not see while this one works on them. */
export interface HeldMessages {
  /** Takes a message that is done with out of the queue. */
  remove(handle: ReceiptHandle): Promise<void>
  /** Lets messages come again after `ms`; 0 is at once. */
  giveBack(handles: readonly ReceiptHandle[], ms: number): Promise<void>
  /** Ends the heartbeat; whatever is still held comes again when its time is over. */
  stop(): Promise<void>
}

/**
 * Hides messages for `hideMs`, and again each third of that time as long as they are neither removed nor given back: when
 * this invocation is killed, they come again after `hideMs` at the latest. Begins at once; no method rejects.
 */
export const holdMessages = (
  { receipts, clock }: { readonly receipts: QueueReceipts; readonly clock: Clock },
  handles: readonly ReceiptHandle[],
  hideMs: number,
): HeldMessages => {
  const held = new Set(handles)
  const stopped = new AbortController()
  let hiding = Promise.resolve()

  const beat = async (): Promise<void> => {
    while (held.size > 0 && !stopped.signal.aborted) {
      hiding = receipts.hideFor([...held], hideMs)
      await hiding
      await clock.sleep(hideMs / 3, stopped.signal)
    }
  }
  const beating = beat()

  const letGo = async (some: readonly ReceiptHandle[]): Promise<void> => {
    for (const handle of some) held.delete(handle)
    // A call under way that still hides it must not arrive after the one that lets it go.
    await hiding
  }
  return {
    async remove(handle) {
      await letGo([handle])
      await receipts.remove(handle)
    },
    async giveBack(some, ms) {
      await letGo(some)
      await receipts.hideFor(some, ms)
    },
    async stop() {
      stopped.abort()
      await beating
    },
  }
}
