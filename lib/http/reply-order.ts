import * as v from 'valibot'
import type { Conversation, ReplyId } from '../core/reply/reply.ts'
import { err, ok, type Result } from '../core/result.ts'
import { addressee, addresseeErrors, conversationOf, unaddressed } from './addressee.ts'
import { bodyOf, bot, fieldErrors, replyId, texts } from './fields.ts'
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

const text = v.string('must be a string')
const rate = 'must be a number from 1 to 10000'

const body = bodyOf({
  replyId: v.optional(replyId),
  from: bot,
  ...addressee,
  chunks: v.optional(texts),
  text: v.optional(text),
  charsPerSecond: v.optional(v.pipe(v.number(rate), v.minValue(1, rate), v.maxValue(10_000, rate))),
})

/** Reads the body of `POST /replies`; every wrong field is named with what it must be. */
export const parseReplyOrder = (input: unknown): Result<ReplyOrder, readonly FieldError[]> => {
  const read = v.safeParse(body, input)
  if (!read.success) return err(inOrder(fieldErrors(read.issues), unaddressed(input)))

  const { chunks, text: whole, charsPerSecond } = read.output
  const conversation = conversationOf(read.output)
  if (conversation === undefined) return err(addresseeErrors(read.output))
  if ((chunks === undefined) === (whole === undefined)) {
    const message = 'give either chunks (an array of strings) or text (a string)'
    return err([{ path: chunks === undefined ? 'text' : 'chunks', message }])
  }
  return ok({
    ...(read.output.replyId === undefined ? {} : { replyId: read.output.replyId }),
    conversation,
    pieces: chunks ?? [whole ?? ''],
    piecewise: chunks !== undefined,
    ...(charsPerSecond === undefined ? {} : { charsPerSecond }),
  })
}

/** As the fields stand in the body: whom the reply is for comes after whose it is. */
const inOrder = (
  errors: readonly FieldError[],
  unaddressed: readonly FieldError[],
): readonly FieldError[] => {
  const isBefore = ({ path }: FieldError) => path === 'replyId' || path === 'from'
  return [...errors.filter(isBefore), ...unaddressed, ...errors.filter((error) => !isBefore(error))]
}

const MAX_CHUNKS = 1_000
const MAX_MINUTES = 60

/** Why an order is more than a reply may be, in a plain sentence; `undefined` where it is not. */
export const tooMuch = ({ pieces, charsPerSecond }: ReplyOrder): string | undefined => {
  if (pieces.length > MAX_CHUNKS) return `a reply must not have more than ${MAX_CHUNKS} chunks`
  if (charsPerSecond === undefined) return undefined
  const chars = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return chars > charsPerSecond * MAX_MINUTES * 60
    ? `the text must not take longer than ${MAX_MINUTES} minutes at its rate`
    : undefined
}
