import type { ChatFailure } from '../../core/reply/chat-failure.ts'
import { withoutSecrets } from '../runtime/known-secrets.ts'
import { refusalHint } from './refusal-hint.ts'
import { signatureCodes } from './signature-codes.ts'

/** The service did not accept the signature: resolved inside the adapter, which signs anew once before it gives up. */
export interface SignAgain {
  readonly reason: 'signAgain'
  readonly code: number
  readonly detail: string
}

/** Says what an ErrorCode other than 0 means for the call. */
export type Classify = (code: number, errorInfo: string) => ChatFailure | SignAgain

const INFO_CHARS = 200
/** What is looked at of a text of which so little is shown. */
const READ_CHARS = 4_096

/**
 * Makes text of the service fit for a log: known secrets and every part of them are cut out, as is whatever else looks like a
 * signature, control characters become spaces, and at most 200 characters are left.
 */
export const cleanErrorInfo = (errorInfo: string): string => {
  const clean = withoutSecrets(errorInfo.slice(0, READ_CHARS))
    .replace(/usersig["']?\s*[=:]\s*["']?[^&\s"',;]*/gi, '…')
    .replace(/eJ[\w*+/=-]{40,}/g, '…')
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
  const chars = [...clean]
  return chars.length > INFO_CHARS ? `${chars.slice(0, INFO_CHARS - 1).join('')}…` : clean
}

const detail = (code: number, errorInfo: string): string => {
  const info = cleanErrorInfo(errorInfo)
  return info === '' ? refusalHint(code) : `${refusalHint(code)} Tencent says: ${info}`
}

const tryAgain =
  (tries: number, then: 'refused' | 'messageFull'): Classify =>
  (code) => ({ reason: 'tryAgain', code, tries, then })

const slowDown: Classify = (code) => ({ reason: 'slowDown', code })
const slowDownGroup: Classify = (code) => ({ reason: 'slowDown', code, ofGroup: true })
const messageFull: Classify = (code) => ({ reason: 'messageFull', code })
const messageLost: Classify = (code) => ({ reason: 'messageLost', code })

const inDoubt: Classify = (code) => ({
  reason: 'inDoubt',
  detail: `ErrorCode ${code}: a time-out inside the service, which may have applied the call.`,
})

const signAgain: Classify = (code, errorInfo) => ({
  reason: 'signAgain',
  code,
  detail: detail(code, errorInfo),
})

const refused: Classify = (code, errorInfo) => ({
  reason: 'refused',
  code,
  detail: detail(code, errorInfo),
})

/** The text was refused; the conversation works. */
const moderated: Classify = (code, errorInfo) => ({
  reason: 'refused',
  code,
  detail: detail(code, errorInfo),
  moderated: true,
})

const each = (classify: Classify, codes: readonly number[]): [number, Classify][] =>
  codes.map((code) => [code, classify])

const classes: ReadonlyMap<number, Classify> = new Map([
  ...each(tryAgain(3, 'refused'), [10002, 20004, 20005, 60004, 60005, 60014]),
  ...each(tryAgain(3, 'refused'), [70500, 90994, 91000]),
  // Somebody else changed the message at the same time: the newest change wins, so ask again.
  ...each(tryAgain(3, 'refused'), [20027, 20028]),
  ...each(tryAgain(2, 'refused'), [60013, 90992]),
  // Its text says "retry", its advice says that the message is too long.
  ...each(tryAgain(1, 'messageFull'), [90995]),
  ...each(slowDownGroup, [10023]),
  ...each(slowDown, [10006, 60007, 60011, 60018, 60019]),
  ...each(inDoubt, [60008, 70169]),
  ...each(signAgain, signatureCodes),
  ...each(messageFull, [80002, 93000]),
  ...each(moderated, [80001, 80004]),
  ...each(messageLost, [20022, 20023, 90054]),
])

/**
 * Says what an ErrorCode other than 0 means for the call (documents 1047/34348 and 1047/71131). `tries` counts how often
 * the call may be made again. A code that is not in the table is a refusal.
 */
export const classifyErrorCode = (code: number, errorInfo: string): ChatFailure | SignAgain => {
  if (/msg too long/i.test(errorInfo)) return messageFull(code, errorInfo)
  return (classes.get(code) ?? refused)(code, errorInfo)
}
