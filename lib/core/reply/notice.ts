import { type FenceState, fenceAround } from '../text/fence.ts'

/** What users read where a reply has no text of its own to end with. */
export interface Notices {
  /** The reply had no text at all. */
  readonly empty: string
  /** The reply stopped before its end. */
  readonly failed: string
  /** Somebody stopped the reply before any of its text was shown. */
  readonly interrupted: string
}

export const DEFAULT_NOTICES: Notices = {
  empty: '(no answer)',
  failed: '(The answer broke off here. Please try again.)',
  interrupted: '(stopped)',
}

/** A notice as it stands after text that ends in `fence`: outside of any code, in a paragraph of its own. */
export const noticeAfter = (fence: FenceState, hasText: boolean, notice: string): string =>
  hasText ? `${fenceAround(fence).close}\n\n${notice}` : notice
