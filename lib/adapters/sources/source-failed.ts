import { TextBrokenOff } from '../../core/reply/text-broken-off.ts'
import { withoutSecrets } from '../runtime/known-secrets.ts'

/** The error of a source that cannot go on. `detail` is for the bot's owner: no credential, no text of a user or of the other end. */
export const sourceFailed = (detail: string): TextBrokenOff =>
  new TextBrokenOff({ reason: 'source-failed', detail: withoutSecrets(detail) })

/** The content type of an answer as it may be shown. */
export const shownContentType = (contentType: string): string =>
  /^[\w.+-]+\/[\w.+-]+$/.test(contentType) ? contentType : 'no content type'

/** A code of the other end that may be shown, in brackets: one short word of letters and `_`, which no key is; else nothing. */
export const shownCode = (code: unknown): string =>
  typeof code === 'string' && /^[A-Za-z_]{1,40}$/.test(code) ? ` (${code})` : ''
