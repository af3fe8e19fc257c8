import type { SourceUsage } from '../../core/conversation/source-request.ts'
import { fieldsOf, parsedJson } from '../../core/json.ts'

/** One event of a streamed chat completion. */
type CompletionEvent =
  | {
      readonly kind: 'part'
      /** Empty where the event holds none: only `content` is shown, never what the model says to itself. */
      readonly content: string
      /** The model says that it is at its end, for whatever reason. */
      readonly finished: boolean
      readonly usage?: SourceUsage
    }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly code: unknown }
  | { readonly kind: 'malformed' }

/** Reads the data of an event; never throws. */
export const parseCompletionEvent = (data: string): CompletionEvent => {
  if (data.trim() === '[DONE]') return { kind: 'done' }
  const parsed = parsedJson(data)
  if (typeof parsed !== 'object' || parsed === null) return { kind: 'malformed' }
  const { error, choices, usage } = fieldsOf(parsed)
  if (error !== undefined && error !== null) return { kind: 'error', code: errorCodeOf(error) }
  const { delta, finish_reason } = fieldsOf(Array.isArray(choices) ? choices[0] : undefined)
  const { content } = fieldsOf(delta)
  return {
    kind: 'part',
    content: typeof content === 'string' ? content : '',
    finished: typeof finish_reason === 'string' && finish_reason !== '',
    ...usageOf(usage),
  }
}

const usageOf = (value: unknown): { readonly usage?: SourceUsage } => {
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = fieldsOf(value)
  return typeof inputTokens === 'number' && typeof outputTokens === 'number'
    ? { usage: { inputTokens, outputTokens } }
    : {}
}

/** What an error object calls itself; servers fill `code`, `type`, or both. */
export const errorCodeOf = (error: unknown): unknown => {
  const { code, type } = fieldsOf(error)
  return typeof code === 'string' && code !== '' ? code : type
}
