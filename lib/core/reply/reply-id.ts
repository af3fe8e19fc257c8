import type { ReplyId } from './reply.ts'

/** Addresses fold `.` and `..`: replies of these names could not be asked for. */
const pattern = /^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/

/** What a `replyId` must be, for error messages. */
export const REPLY_ID_RULE = 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : -, and not . or ..'

/** The value as a reply's name, or `undefined` where it is no text that can be one. */
export const parseReplyId = (value: unknown): ReplyId | undefined =>
  typeof value === 'string' && pattern.test(value) ? (value as ReplyId) : undefined

/** What a name given by a caller must not be, for error messages. */
export const RESERVED_RULE =
  'must not begin with turn: or webhook:, which name replies of the service itself'

/** True for the names that the service gives to replies: a caller who took one first would keep a user from being answered. */
export const isReserved = (replyId: ReplyId): boolean => /^(?:turn|webhook):/.test(replyId)
