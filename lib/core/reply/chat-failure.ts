/** Why the service did not take a call; the arms say what to do about it. */
export type ChatFailure =
  /** Answered, not applied: the same call may be made `tries` more times. `then` names the arm when that does not help. */
  | {
      readonly reason: 'tryAgain'
      readonly code: number
      readonly tries: number
      readonly then: 'refused' | 'messageFull'
    }
  /** Answered, not applied: a rate limit. Make the call again later, and calls less often. */
  | {
      readonly reason: 'slowDown'
      readonly code: number
      /** One group is written into too often; the others may go on. */
      readonly ofGroup?: true
    }
  /** Answered, not applied: the message would become too long. */
  | { readonly reason: 'messageFull'; readonly code: number }
  /** Answered, not applied: the service does not know the message (any more). */
  | { readonly reason: 'messageLost'; readonly code: number }
  /** Answered, not applied, and making the call again will not help. */
  | {
      readonly reason: 'refused'
      readonly code: number
      readonly detail: string
      /** The text was held back by content moderation: a message with another text would have been taken. */
      readonly moderated?: true
    }
  /** Nothing reached the service (connection refused, no such host, no signature): not applied. */
  | { readonly reason: 'notSent'; readonly detail: string }
  /** No usable answer: the call may or may not have been applied. */
  | { readonly reason: 'inDoubt'; readonly detail: string }
