import * as v from 'valibot'
import type { ReplyId } from '../core/reply/reply.ts'
import { parseReplyId, REPLY_ID_RULE } from '../core/reply/reply-id.ts'
import type { FieldError } from './problem.ts'

const NO_OBJECT = 'must be a JSON object'

/** A UserID of Tencent Chat. */
export const account = v.pipe(
  v.string('must be a string'),
  v.minBytes(1, 'must not be empty'),
  v.maxBytes(32, 'must be a UserID of at most 32 bytes'),
  v.regex(/^[^\p{Cc}\p{Surrogate}]*$/u, 'must not hold control characters or half characters'),
)

/** The UserID of a bot. */
export const bot = v.pipe(
  account,
  v.startsWith('@RBT#', 'must be a bot: a UserID that begins with @RBT#'),
)

export const replyId = v.pipe(
  v.string('must be a string'),
  v.rawTransform<string, ReplyId>(({ dataset, addIssue, NEVER }) => {
    const parsed = parseReplyId(dataset.value)
    if (parsed === undefined) addIssue({ message: REPLY_ID_RULE })
    return parsed ?? NEVER
  }),
)

/** A body with these fields and no others. */
export const bodyOf = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(
    v.custom<object>((input) => !Array.isArray(input), NO_OBJECT),
    v.strictObject(entries, NO_OBJECT),
  )

/** Where each issue stands, and what to do about it. */
export const fieldErrors = (issues: readonly v.BaseIssue<unknown>[]): readonly FieldError[] =>
  issues.map((issue) => ({ path: v.getDotPath(issue) ?? 'body', message: messageOf(issue) }))

const messageOf = (issue: v.BaseIssue<unknown>): string => {
  if (issue.type !== 'strict_object') return issue.message
  // One kind of issue stands for a body that is no object, a missing key and an unknown one.
  if (issue.path === undefined) return NO_OBJECT
  return issue.expected === 'never' ? 'is not a known field' : 'is missing'
}
