import type { LeaseState } from '../core/reply/record.ts'
import type { Progress, ReplyFailure } from '../core/reply/reply.ts'
import type { Checkpoint } from './lease.ts'

/** The text of a reply, between its producer and the calls that carry it. */
export interface ReplyText {
  /** Well-formed text that may be sent now; where it is not merged, one piece. */
  pending(): string
  /** True when nothing follows `pending()`. */
  ended(): boolean
  /** Why the text breaks off where it ends, once it does. */
  failure(): BrokenOff | undefined
  /** Removes text that was sent from the front of `pending()`. */
  take(chars: number): void
  /** Takes no more text: all that is left to send is what `rest` makes of the unsent text. */
  endWith(rest: (unsent: string) => string): void
  /** What is recorded when the reply has come so far. */
  checkpoint(progress: Progress): Checkpoint
  /** Takes over what a newer look at the record shows. */
  refresh(state: LeaseState): void
  /** What a successor can tell of the unsent text by the record alone, when the reply has come so far. */
  knownAfter(progress: Progress): UnsentText | undefined
  /** How many pushes it includes: a lease is released only where the record counts no more. */
  pushes(): number
  /** With nothing to send, the writer waits, or releases the lease; `release` text comes through the record. */
  readonly whenIdle: 'wait' | 'release'
  /** True when the last cluster of `pending()` may still grow. */
  readonly holdsBack: boolean
  /** True when a call may leave Markdown that is still open to the next one. */
  readonly smooths: boolean
  /** False when the text is lost where its writer dies. */
  readonly survivesItsWriter: boolean
  /** Tells the producer that its text is no longer read. */
  close(): void
}

/** The text that follows what is recorded as sent, as far as anybody knows it. */
export interface UnsentText {
  readonly text: string
  /** True when the reply ends with it. */
  readonly toTheEnd: boolean
  /** The next call's text where it does not depend on when text arrived: what `IN_DOUBT=skip` passes over. */
  readonly nextCall?: string
  /** Where that depends on it: the text in hand when the first call is made, unless something held it up. */
  readonly firstInHand?: string
}

/** The unsent text where a reply has come so far; `undefined` where its text is not known. */
export type UnsentAt = (progress: Progress) => UnsentText | undefined

export interface BrokenOff {
  readonly failure: ReplyFailure
  /** What the source threw, for the log. */
  readonly error?: unknown
}
