import * as v from 'valibot'
import type { PushedChunk } from '../core/reply/record.ts'
import { err, ok, type Result } from '../core/result.ts'
import { account, bodyOf, bot, fieldErrors } from './fields.ts'
import type { FieldError } from './problem.ts'

const seqRule = 'must be a whole number from 0 to 1000000'

const body = bodyOf({
  seq: v.pipe(
    v.number(seqRule),
    v.integer(seqRule),
    v.minValue(0, seqRule),
    v.maxValue(1_000_000, seqRule),
  ),
  text: v.string('must be a string'),
  finish: v.optional(v.boolean('must be true or false')),
  from: v.optional(bot),
  to: v.optional(account),
})

/** Reads the body of `POST /replies/{replyId}/chunks`; every wrong field is named with what it must be. */
export const parsePushedChunk = (input: unknown): Result<PushedChunk, readonly FieldError[]> => {
  const read = v.safeParse(body, input)
  if (!read.success) return err(fieldErrors(read.issues))

  const { seq, text, finish = false, from, to } = read.output
  const absent = [...(from === undefined ? ['from'] : []), ...(to === undefined ? ['to'] : [])]
  // Either both say to whom the reply goes, or neither; the first chunk must.
  if (absent.length === 1 || (absent.length === 2 && seq === 0)) {
    return err(absent.map((path) => ({ path, message: 'is missing' })))
  }
  const conversation = from === undefined || to === undefined ? undefined : { from, to }
  return ok({ seq, text, finish, ...(conversation === undefined ? {} : { conversation }) })
}
