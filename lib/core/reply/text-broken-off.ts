import type { ReplyFailure } from './reply.ts'

/** Thrown by a source to say why the reply's text ends here. */
export class TextBrokenOff extends Error {
  readonly failure: ReplyFailure
  /** True where the trouble may soon be over, so that another try is worth it. */
  readonly mayPass: boolean
  /** How long the other end asks to wait, as it wrote it; absent where it did not. */
  readonly retryAfter?: string

  constructor(failure: ReplyFailure, mayPass = false, retryAfter?: string) {
    super(failure.detail)
    this.failure = failure
    this.mayPass = mayPass
    if (retryAfter !== undefined) this.retryAfter = retryAfter
  }
}
