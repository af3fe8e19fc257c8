import type { Classify } from './answer-class.ts'

/** ErrorCodes of a signature that the service does not accept (document 1047/34348). */
export const signatureCodes = [70001, 70003, 70009, 70013, 70014, 70016, 70020] as const

/** What an ErrorCode means to a caller who can do nothing about any but a signature's: it carries no hints along. */
export const plainRefusal: Classify = (code) => ({
  reason: signatureCodes.some((one) => one === code) ? 'signAgain' : 'refused',
  code,
  detail: `ErrorCode ${code}`,
})
