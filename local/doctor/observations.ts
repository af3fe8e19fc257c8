import type { Answer } from './answer.ts'
import type { Sight } from './sight.ts'

/** A call whose treatment was the question, and the message as it was shown afterwards. */
interface CallObservation {
  readonly answer: Answer
  readonly sight: Sight
}

/** What became of messages that were sent to find out how the service behaves. A probe that did not run is absent. */
export interface Observations {
  /** Two chunks, the second more than a second later; then the end. */
  readonly growing?: {
    readonly sent: readonly [string, string, string]
    readonly open: Sight
    readonly finished: Sight
    /** True where the second answer named another MsgKey than the first. */
    readonly renamed: boolean
  }
  /** An empty chunk with `Finish`; `closing` is the answer to the chunk that closed the message after it. */
  readonly emptyChunk?: CallObservation & { readonly closing?: Answer }
  /** A chunk after `Finish`. */
  readonly afterFinish?: CallObservation & { readonly sent: string }
  /** The same call twice. */
  readonly repeated?: CallObservation & { readonly once: string; readonly twice: string }
  /** An open message overwritten with other chunks, finished. */
  readonly modified?: CallObservation & { readonly text: string }
  /** A message that grew until the service had enough. */
  readonly grown?: {
    /** The largest size that was taken, encoded, in bytes. */
    readonly takenBytes: number
    readonly refusedBytes?: number
    readonly refusal?: Answer
    /** The answer to one short chunk after that. */
    readonly afterwards?: Answer
  }
  /** Probes that came to nothing: a call that had to be taken was not. */
  readonly unanswered?: readonly { readonly about: string; readonly answer: Answer }[]
  /** Why no more probes ran: the service did not let a message be opened, or somebody stopped the doctor. */
  readonly refused?: Answer
  readonly stopped?: true
  /** Messages that may still be open, by their keys where the service named them. */
  readonly leftOpen: readonly string[]
}
