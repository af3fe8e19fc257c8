import { type FenceState, fenceAround } from '../text/fence.ts'
import type { ReplyFailure } from './reply.ts'

/** What users read where a reply has no text of its own to end with. */
export interface Notices {
  /** The reply had no text at all. */
  readonly empty: string
  /** The reply stopped before its end, maybe before any of it was shown. */
  readonly failed: string
  /** The model ended the answer for its length. */
  readonly cut: string
  /** The answer, or its rest, is held back: the same question will not be answered. */
  readonly withheld: string
  /** Somebody stopped the reply before any of its text was shown. */
  readonly interrupted: string
}

export const DEFAULT_NOTICES: Notices = {
  empty: '(no answer)',
  failed: '(Something went wrong. Please try again.)',
  cut: '(The answer has reached its greatest length.)',
  withheld: '(This cannot be answered. Please ask for something else.)',
  interrupted: '(stopped)',
}

/** What users read where a reply ends for this reason. */
export const noticeOf = (notices: Notices, { reason }: ReplyFailure): string => {
  switch (reason) {
    case 'cut':
      return notices.cut
    case 'withheld':
      return notices.withheld
    case 'refused':
    case 'too-long':
    case 'source-failed':
    case 'unreachable':
    case 'orphaned':
    case 'chunk-missing':
    case 'poisoned':
      return notices.failed
  }
}

/** A notice as it stands after text that ends in `fence`: outside of any code, in a paragraph of its own. */
export const noticeAfter = (fence: FenceState, hasText: boolean, notice: string): string =>
  hasText ? `${fenceAround(fence).close}\n\n${notice}` : notice
