import type { ReplyFailure } from './reply.ts'

/** Thrown by a source to say why the reply's text ends here. */
export class TextBrokenOff extends Error {
  readonly failure: ReplyFailure

  constructor(failure: ReplyFailure) {
    super(failure.detail)
    this.failure = failure
  }
}
