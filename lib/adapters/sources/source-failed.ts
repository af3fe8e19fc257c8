import { TextBrokenOff } from '../../core/reply/text-broken-off.ts'
import { withoutSecrets } from '../runtime/known-secrets.ts'

/** The error of a source that cannot go on. `detail` is for the bot's owner: no credential, no text of a user or of the other end. */
export const sourceFailed = (detail: string): TextBrokenOff =>
  new TextBrokenOff({ reason: 'source-failed', detail: withoutSecrets(detail) })

/** The error of a source whose model ended an answer for its length (`cut`), or held it back (`withheld`). `detail` as above. */
export const endedBy = (reason: 'cut' | 'withheld', detail: string): TextBrokenOff =>
  new TextBrokenOff({ reason, detail: withoutSecrets(detail) })

/** The same as `sourceFailed`, of trouble that may soon be over: as long as no text has come, another try is worth it. */
export class PassingTrouble extends TextBrokenOff {
  constructor(detail: string, retryAfter?: string) {
    super({ reason: 'source-failed', detail: withoutSecrets(detail) }, true, retryAfter)
  }
}

/** The content type of an answer as it may be shown. */
export const shownContentType = (contentType: string): string =>
  /^[\w.+-]+\/[\w.+-]+$/.test(contentType) ? contentType : 'no content type'

/** A code of the other end that may be shown, in brackets: a short number, or one short word of letters, `_` and `.`, which no key is; else nothing. */
export const shownCode = (code: unknown): string => {
  const shown = typeof code === 'number' ? String(code) : code
  return typeof shown === 'string' && /^([A-Za-z_.]{1,40}|-?\d{1,6})$/.test(shown)
    ? ` (${shown})`
    : ''
}
