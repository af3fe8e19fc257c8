import * as v from 'valibot'
import type { PushedChunk } from '../core/reply/record.ts'
import type { ReplyId } from '../core/reply/reply.ts'
import { err, ok, type Result } from '../core/result.ts'
import { addressee, addresseeErrors, conversationOf } from './addressee.ts'
import { bodyOf, bot, fieldErrors, replyId } from './fields.ts'
import type { FieldError } from './problem.ts'

const seqRule = 'must be a whole number from 0 to 1000000'

const body = bodyOf({
  replyId: v.optional(replyId),
  seq: v.pipe(
    v.number(seqRule),
    v.integer(seqRule),
    v.minValue(0, seqRule),
    v.maxValue(1_000_000, seqRule),
  ),
  text: v.string('must be a string'),
  finish: v.optional(v.boolean('must be true or false')),
  from: v.optional(bot),
  ...addressee,
})

/** A chunk, and the reply that its body says it belongs to. */
export interface ChunkOrder {
  readonly chunk: PushedChunk
  readonly replyId?: ReplyId
}

/** Reads the body of `POST /replies/{replyId}/chunks`; every wrong field is named with what it must be. */
export const parsePushedChunk = (
  input: unknown,
  { namesReply }: { readonly namesReply: boolean },
): Result<ChunkOrder, readonly FieldError[]> => {
  const read = v.safeParse(body, input)
  if (!read.success) return err(fieldErrors(read.issues))

  const { seq, text, finish = false } = read.output
  const wrong = [
    ...(namesReply && read.output.replyId === undefined ? [missing('replyId')] : []),
    ...conversationErrors(read.output),
  ]
  if (wrong.length > 0) return err(wrong)
  const conversation = conversationOf(read.output)
  return ok({
    chunk: { seq, text, finish, ...(conversation === undefined ? {} : { conversation }) },
    ...(read.output.replyId === undefined ? {} : { replyId: read.output.replyId }),
  })
}

const cancelBody = bodyOf({ replyId })

/** Reads the body of a `POST /replies/{replyId}/cancel` that has one: the reply that it names. */
export const parseCancel = (input: unknown): Result<ReplyId, readonly FieldError[]> => {
  const read = v.safeParse(cancelBody, input)
  return read.success ? ok(read.output.replyId) : err(fieldErrors(read.issues))
}

const missing = (path: string): FieldError => ({ path, message: 'is missing' })

/** Either bot and addressee are both named, or neither; the first chunk must. */
const conversationErrors = ({
  seq,
  from,
  to,
  group,
}: v.InferOutput<typeof body>): readonly FieldError[] => {
  const isUnnamed = from === undefined && to === undefined && group === undefined
  if (isUnnamed && seq > 0) return []
  return [...(from === undefined ? [missing('from')] : []), ...addresseeErrors({ to, group })]
}
