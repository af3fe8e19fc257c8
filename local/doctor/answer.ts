import * as v from 'valibot'
import { classifyErrorCode, cleanErrorInfo } from '../../lib/adapters/tencent/answer-class.ts'
import type { ChatTransport, TransportAnswer } from '../../lib/adapters/tencent/chat-transport.ts'
import { refusalHint } from '../../lib/adapters/tencent/refusal-hint.ts'

/** What the service answered to one call, before anything was made of it. */
export type Answer =
  | { readonly kind: 'accepted'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly code: number; readonly info: string }
  /** `lost`: sent, perhaps. `notSent`: there was no connection, or no signature. */
  | { readonly kind: 'lost' | 'notSent'; readonly detail: string }

const bodySchema = v.object({
  ErrorCode: v.number(),
  ErrorInfo: v.fallback(v.string(), ''),
})

const readAnswer = (heard: TransportAnswer): Answer => {
  if (heard.kind !== 'json') return heard
  const parsed = v.safeParse(bodySchema, heard.body)
  if (!parsed.success) return { kind: 'lost', detail: 'The answer has no ErrorCode.' }
  const { ErrorCode, ErrorInfo } = parsed.output
  if (ErrorCode === 0) return { kind: 'accepted', body: heard.body }
  const failure = classifyErrorCode(ErrorCode, ErrorInfo)
  return failure.reason === 'inDoubt'
    ? { kind: 'lost', detail: failure.detail }
    : { kind: 'refused', code: ErrorCode, info: cleanErrorInfo(ErrorInfo) }
}

/** A transport whose newest answer can be looked at as the service gave it. For one call at a time. */
export const overhear = (
  transport: ChatTransport,
): { readonly transport: ChatTransport; readonly newest: () => Answer } => {
  let newest: Answer = { kind: 'notSent', detail: 'Nothing was asked yet.' }
  return {
    transport: async (...call) => {
      const heard = await transport(...call)
      newest = readAnswer(heard)
      return heard
    },
    newest: () => newest,
  }
}

/** True where the service may have said anything. */
export const wasLost = ({ kind }: Answer): boolean => kind === 'lost' || kind === 'notSent'

/** An answer in a few words. */
export const inWords = (answer: Answer): string => {
  switch (answer.kind) {
    case 'accepted':
      return 'OK'
    case 'refused':
      return answer.info === ''
        ? `ErrorCode ${answer.code}`
        : `ErrorCode ${answer.code} (${answer.info})`
    case 'lost':
    case 'notSent':
      return `no answer: ${answer.detail}`
  }
}

/** What to do about an answer that should have been OK. */
export const remedy = (answer: Answer): string => {
  if (answer.kind === 'refused') return refusalHint(answer.code)
  return answer.kind === 'lost'
    ? 'Ask again; if it stays so, look at the way from this machine to the service.'
    : 'Mend that, then ask again.'
}
