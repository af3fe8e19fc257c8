import * as v from 'valibot'
import type { ChatFailure } from '../../core/reply/chat-failure.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { Classify, SignAgain } from './answer-class.ts'
import type { ChatTransport, MayStart } from './chat-transport.ts'

const answerSchema = v.looseObject({
  ActionStatus: v.optional(v.unknown()),
  MsgKey: v.optional(v.unknown()),
  MsgSeq: v.optional(v.unknown()),
  MsgTime: v.optional(v.unknown()),
  ErrorCode: v.pipe(v.number(), v.integer()),
  ErrorInfo: v.fallback(v.string(), ''),
})

type Answer = v.InferOutput<typeof answerSchema>

/** Makes a REST call; the value is the body of an answer that says OK, unchecked beyond that. */
export type TencentCall = (
  command: string,
  body: object,
  signal?: AbortSignal,
  mayStart?: MayStart,
) => Promise<Result<Answer, ChatFailure>>

/** An answer that cannot be made sense of. */
export const inDoubt = (detail: string): { readonly ok: false; readonly error: ChatFailure } =>
  err({ reason: 'inDoubt', detail })

const readAnswer = (body: unknown, classify: Classify): Result<Answer, ChatFailure | SignAgain> => {
  const parsed = v.safeParse(answerSchema, body)
  if (!parsed.success) return inDoubt('The answer has no ErrorCode.')
  const answer = parsed.output
  if (answer.ErrorCode !== 0) return err(classify(answer.ErrorCode, answer.ErrorInfo))
  return answer.ActionStatus === 'FAIL'
    ? inDoubt('The answer says FAIL, with the ErrorCode of success.')
    : ok(answer)
}

/**
 * Classifies what the transport brings back. A refused signature is forgotten and the call made once more; the second
 * refusal counts. `mayStart` is asked for each of the two. `classify` says what an ErrorCode means.
 */
export const classifiedCall = (
  classify: Classify,
  transport: ChatTransport,
  forgetSignature: () => void,
): TencentCall => {
  const attempt = async (
    command: string,
    body: object,
    signal: AbortSignal | undefined,
    mayStart: MayStart | undefined,
  ): Promise<Result<Answer, ChatFailure | SignAgain>> => {
    const answer = await transport(command, body, signal, mayStart)
    switch (answer.kind) {
      case 'json':
        return readAnswer(answer.body, classify)
      case 'lost':
        return inDoubt(answer.detail)
      case 'notSent':
        return err({ reason: 'notSent', detail: answer.detail })
    }
  }

  return async (command, body, signal, mayStart) => {
    const first = await attempt(command, body, signal, mayStart)
    if (first.ok || first.error.reason !== 'signAgain') return narrow(first)

    forgetSignature()
    return narrow(await attempt(command, body, signal, mayStart))
  }
}

const narrow = (outcome: Result<Answer, ChatFailure | SignAgain>): Result<Answer, ChatFailure> => {
  if (outcome.ok) return outcome
  const { error } = outcome
  return err(error.reason === 'signAgain' ? { ...error, reason: 'refused' } : error)
}
