import * as v from 'valibot'
import type { Conversation, ReplyId } from '../core/reply.ts'
import { parseReplyId, REPLY_ID_RULE } from '../core/reply-id.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { FieldError } from './problem.ts'

/** A whole reply as somebody asks for it, checked. */
export interface ReplyOrder {
  readonly replyId?: ReplyId
  readonly conversation: Conversation
  readonly pieces: readonly string[]
  /** True when each piece is to be one call. */
  readonly piecewise: boolean
  readonly charsPerSecond?: number
}

const account = v.pipe(
  v.string('must be a string'),
  v.minBytes(1, 'must not be empty'),
  v.maxBytes(32, 'must be a UserID of at most 32 bytes'),
  v.regex(/^[^\p{Cc}\p{Surrogate}]*$/u, 'must not hold control characters or half characters'),
)
const text = v.string('must be a string')
const rate = 'must be a number from 1 to 10000'
const NO_OBJECT = 'must be a JSON object'

const body = v.strictObject(
  {
    replyId: v.optional(
      v.pipe(
        v.string('must be a string'),
        v.rawTransform<string, ReplyId>(({ dataset, addIssue, NEVER }) => {
          const replyId = parseReplyId(dataset.value)
          if (replyId === undefined) addIssue({ message: REPLY_ID_RULE })
          return replyId ?? NEVER
        }),
      ),
    ),
    from: v.pipe(account, v.startsWith('@RBT#', 'must be a bot: a UserID that begins with @RBT#')),
    to: account,
    chunks: v.optional(
      v.pipe(v.array(text, 'must be an array of strings'), v.minLength(1, 'must not be empty')),
    ),
    text: v.optional(text),
    charsPerSecond: v.optional(
      v.pipe(v.number(rate), v.minValue(1, rate), v.maxValue(10_000, rate)),
    ),
  },
  NO_OBJECT,
)

/** Reads the body of `POST /replies`; every wrong field is named with what it must be. */
export const parseReplyOrder = (input: unknown): Result<ReplyOrder, readonly FieldError[]> => {
  if (Array.isArray(input)) return err([{ path: 'body', message: NO_OBJECT }])
  const read = v.safeParse(body, input)
  if (!read.success) return err(read.issues.map(fieldError))

  const { replyId, from, to, chunks, text: whole, charsPerSecond } = read.output
  if ((chunks === undefined) === (whole === undefined)) {
    const message = 'give either chunks (an array of strings) or text (a string)'
    return err([{ path: chunks === undefined ? 'text' : 'chunks', message }])
  }
  return ok({
    ...(replyId === undefined ? {} : { replyId }),
    conversation: { from, to },
    pieces: chunks ?? [whole ?? ''],
    piecewise: chunks !== undefined,
    ...(charsPerSecond === undefined ? {} : { charsPerSecond }),
  })
}

const fieldError = (issue: v.InferIssue<typeof body>): FieldError => ({
  path: v.getDotPath(issue) ?? 'body',
  message: messageOf(issue),
})

const messageOf = (issue: v.InferIssue<typeof body>): string => {
  if (issue.type !== 'strict_object') return issue.message
  // One kind of issue stands for a body that is no object, a missing key and an unknown one.
  if (issue.path === undefined) return NO_OBJECT
  return issue.expected === 'never' ? 'is not a known field' : 'is missing'
}
