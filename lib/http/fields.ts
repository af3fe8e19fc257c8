import * as v from 'valibot'
import type { ReplyId } from '../core/reply/reply.ts'
import { isReserved, parseReplyId, REPLY_ID_RULE, RESERVED_RULE } from '../core/reply/reply-id.ts'
import { type FieldError, MAX_FIELD_ERRORS } from './problem.ts'

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

/** A name that a caller may give to a reply. */
export const replyId = v.pipe(
  v.string('must be a string'),
  v.rawTransform<string, ReplyId>(({ dataset, addIssue, NEVER }) => {
    const parsed = parseReplyId(dataset.value)
    if (parsed === undefined) addIssue({ message: REPLY_ID_RULE })
    if (parsed === undefined || !isReserved(parsed)) return parsed ?? NEVER
    addIssue({ message: RESERVED_RULE })
    return NEVER
  }),
)

const TEXTS_RULE = 'must be an array of strings'

/** An array of strings; no more of the wrong ones are looked for than an answer lists. */
export const texts = v.pipe(
  v.custom<readonly unknown[]>(Array.isArray, TEXTS_RULE),
  v.minLength(1, 'must not be empty'),
  v.rawTransform<readonly unknown[], readonly string[]>(({ dataset, addIssue, NEVER }) => {
    const input = dataset.value
    const good: string[] = []
    let wrong = 0
    for (const [key, value] of input.entries()) {
      if (typeof value === 'string') {
        good.push(value)
        continue
      }
      const path: [v.IssuePathItem] = [{ type: 'array', origin: 'value', input: [], key, value }]
      addIssue({ message: 'must be a string', path })
      wrong += 1
      if (wrong === MAX_FIELD_ERRORS) break
    }
    return wrong === 0 ? good : NEVER
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
