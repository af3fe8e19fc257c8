import type { SourceUsage } from '../../../core/conversation/source-request.ts'
import { type Fields, fieldsOf, parsedJson } from '../../../core/json.ts'
import { type ReportedError, reportedErrorOf } from '../reported-error.ts'
import type { Said } from '../said.ts'

/** A response as its server holds it. */
export interface StoredResponse {
  readonly id?: string
  readonly status: 'under-way' | 'completed' | 'incomplete' | 'failed' | 'cancelled'
  /** All that the model has said, as far as the server shows it. */
  readonly said: readonly Said[]
  readonly callsTool: boolean
  /** Why it is incomplete. */
  readonly reason?: string
  readonly error?: ReportedError
  readonly usage?: SourceUsage
}

/** One event of a streamed response, or a response that came whole. */
export type ResponseEvent =
  | { readonly kind: 'said'; readonly said: readonly Said[]; readonly sequence?: number }
  | { readonly kind: 'response'; readonly response: StoredResponse; readonly sequence?: number }
  | { readonly kind: 'error'; readonly error: ReportedError }
  /** A sign of life. */
  | { readonly kind: 'nothing'; readonly sequence?: number }

/** Reads the data of an event of this name; never throws. */
export const parseResponseEvent = (data: string, name?: string): ResponseEvent => {
  const fields = fieldsOf(parsedJson(data))
  const { type = name, sequence_number: number, response } = fields
  const sequence =
    typeof number === 'number' && Number.isSafeInteger(number) ? { sequence: number } : {}
  const said = saidIn(String(type), fields)
  if (said !== undefined) return { kind: 'said', said: [said], ...sequence }
  if (fields['object'] === 'response') return { kind: 'response', response: responseOf(fields) }
  if (typeof response === 'object' && response !== null) {
    return { kind: 'response', response: responseOf(fieldsOf(response)), ...sequence }
  }
  const error = reportedErrorOf(fields, type === 'error')
  return error === undefined ? { kind: 'nothing', ...sequence } : { kind: 'error', error }
}

const saidIn = (type: string, { delta, summary_index: index }: Fields): Said | undefined => {
  const text = typeof delta === 'string' ? delta : ''
  switch (type) {
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      return { kind: 'text', text }
    case 'response.reasoning_text.delta':
    case 'response.reasoning_summary_text.delta':
      return { kind: 'reasoning', text }
    case 'response.reasoning_summary_part.added':
      return index === 0 ? undefined : { kind: 'reasoning', text: BETWEEN_PARTS }
    default:
      return undefined
  }
}

const BETWEEN_PARTS = '\n\n'

/** Reads a response object; never throws. One without a status that is known is taken to be under way. */
export const responseOf = (fields: Fields): StoredResponse => {
  const { id, status, output, usage, error, incomplete_details } = fields
  const items = Array.isArray(output) ? output.map(fieldsOf) : []
  const { reason } = fieldsOf(incomplete_details)
  const reported = reportedErrorOf({ error }, false)
  return {
    ...(typeof id === 'string' && /^[\w-]{1,200}$/.test(id) ? { id } : {}),
    status: statusOf(status),
    said: items.flatMap(saidOfItem),
    callsTool: items.some(({ type }) => /_call$/.test(String(type))),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(reported === undefined ? {} : { error: reported }),
    ...usageOf(usage),
  }
}

const statusOf = (status: unknown): StoredResponse['status'] => {
  switch (status) {
    case 'completed':
    case 'incomplete':
    case 'failed':
    case 'cancelled':
      return status
    default:
      return 'under-way'
  }
}

const saidOfItem = ({ type, content, summary }: Fields): readonly Said[] => {
  const parts = Array.isArray(content) ? content.map(fieldsOf) : []
  if (type === 'message') {
    return parts.flatMap(({ text, refusal }) => pieceOf('text', text ?? refusal))
  }
  if (type !== 'reasoning') return []
  const summaries = Array.isArray(summary) ? summary.map(fieldsOf) : []
  const texts = [...summaries, ...parts].map(({ text }) => text)
  return pieceOf('reasoning', texts.filter((text) => typeof text === 'string').join(BETWEEN_PARTS))
}

const pieceOf = (kind: Said['kind'], text: unknown): readonly Said[] =>
  typeof text === 'string' && text !== '' ? [{ kind, text }] : []

const usageOf = (value: unknown): { readonly usage?: SourceUsage } => {
  const { input_tokens: inputTokens, output_tokens: outputTokens } = fieldsOf(value)
  return typeof inputTokens === 'number' && typeof outputTokens === 'number'
    ? { usage: { inputTokens, outputTokens } }
    : {}
}
