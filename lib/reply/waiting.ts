import type { Wake } from '../core/wake.ts'
import type { Clock } from '../ports.ts'
import type { ReplyLease } from './lease.ts'

/** Why a writer stops waiting. */
type WaitingEnds =
  /** Somebody stopped the reply, and its writer has not noticed yet. */
  | 'stopped'
  /** Somebody else writes the reply, or it has ended. */
  | 'superseded'
  /** The invocation must stop. */
  | 'handedOver'

/** Lets time pass: true after `ms`, false as soon as waiting must end. */
export type Pause = (ms: number) => Promise<boolean>

/**
 * The one place where the writer of a reply waits: for text, its gap, its slot, the answer of a call, a read-back, the store.
 * Whatever it waits for, its lease is kept and looked at, and a stop, a lost lease or the end of the invocation ends the wait.
 */
export interface Waiting {
  /** Why waiting must end, by what is known already. */
  ends(): WaitingEnds | undefined
  /** The writer knows of the stop and closes the message: from here on it may wait again. */
  noticeStop(): void
  /** Waits until the writer should look again: after `ms`, sooner where something has changed, more text included or not. */
  forChange(hears: 'text' | 'allButText', ms?: number): Promise<void>
  readonly pause: Pause
  /** The same, but a stop does not end it: for what must be known before a message can be closed. */
  readonly pauseThroughStop: Pause
  /** Waits for work to settle, until `isOver` or for `atMostMs`; what the work comes to is its caller's affair. */
  during(
    work: Promise<unknown>,
    until?: { readonly isOver?: () => boolean; readonly atMostMs?: number },
  ): Promise<void>
  /** Waits until the lease covers a call that starts now. False when it is lost, or the invocation must stop. */
  forLease(): Promise<boolean>
}

export interface WaitingOptions {
  readonly clock: Clock
  readonly wake: Wake
  readonly lease: ReplyLease
  /** Aborts when the invocation must stop, and rings. */
  readonly handOver: AbortSignal
}

/** How long until the store is asked again for a lease that it did not renew, in ms. */
const RENEW_AGAIN_MS = 500

export const waitUnder = ({ clock, wake, lease, handOver }: WaitingOptions): Waiting => {
  let stopIsNoticed = false

  const cannotGoOn = (): 'superseded' | 'handedOver' | undefined => {
    if (lease.lost()) return 'superseded'
    return handOver.aborted ? 'handedOver' : undefined
  }
  const ends = (): WaitingEnds | undefined => {
    const isStopped = !stopIsNoticed && lease.cancelRequested()
    return cannotGoOn() ?? (isStopped ? 'stopped' : undefined)
  }
  const forChange = (
    hears: 'text' | 'allButText',
    ms = Number.POSITIVE_INFINITY,
  ): Promise<void> => {
    // Work that settles before anything is due causes no access to the table.
    if (ms > lease.pollInMs()) lease.renewAndPoll()
    return wake.wait(Math.min(ms, lease.pollInMs()), hears)
  }
  const pauseUnless = async (ms: number, mustEnd: () => boolean): Promise<boolean> => {
    const untilMs = clock.now() + ms
    while (!mustEnd()) {
      const leftMs = untilMs - clock.now()
      if (leftMs <= 0) return true
      await forChange('allButText', leftMs)
    }
    return false
  }
  const pauseThroughStop = (ms: number) => pauseUnless(ms, () => cannotGoOn() !== undefined)

  return {
    ends,
    noticeStop() {
      stopIsNoticed = true
    },
    forChange,
    pause: (ms) => pauseUnless(ms, () => ends() !== undefined),
    pauseThroughStop,
    async during(work, { isOver = () => false, atMostMs = Number.POSITIVE_INFINITY } = {}) {
      const untilMs = clock.now() + atMostMs
      let isSettled = false
      const settle = () => {
        isSettled = true
        wake.ring()
      }
      work.then(settle, settle)
      // Short work causes no access to the table.
      if (!isOver()) await forChange('allButText', Math.min(atMostMs, lease.pollInMs()))
      while (!isSettled && !isOver() && clock.now() < untilMs) {
        await forChange('allButText', untilMs - clock.now())
      }
    },
    async forLease() {
      while (cannotGoOn() === undefined) {
        if (lease.coversStart()) return true
        await lease.renew()
        if (!lease.coversStart()) await pauseThroughStop(RENEW_AGAIN_MS)
      }
      return false
    },
  }
}
