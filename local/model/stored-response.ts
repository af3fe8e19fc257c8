import type { TraceToken } from './events.ts'

/** A response that is made whether anybody listens or not: each of its events has its time. */
export interface StoredResponse {
  readonly id: string
  readonly model: string
  readonly beganAtMs: number
  readonly events: readonly StoredEvent[]
  /** When somebody cancelled it; absent while nobody has. */
  cancelledAtMs?: number
  /** How often it was streamed, and to how many at the same time at most. */
  streams: number
  open: number
  mostOpen: number
}

interface StoredEvent {
  readonly dueMs: number
  readonly type: string
  readonly fields: object
}

/** What a response is made of. */
export interface ResponsePlan {
  readonly id: string
  readonly model: string
  readonly beganAtMs: number
  readonly tokens: readonly TraceToken[]
  /** 2 makes it twice as fast as the trace; Infinity at once. */
  readonly speed: number
  /** Pieces of reasoning before the first text, and the time between two of them. */
  readonly reasoning: { readonly pieces: number; readonly everyMs: number }
  /** How it ends. */
  readonly ends: 'completed' | 'incomplete' | 'failed'
}

export const storedResponse = (plan: ResponsePlan): StoredResponse => {
  const { id, model, beganAtMs, tokens, speed, reasoning } = plan
  const thinkingMs = reasoning.pieces * reasoning.everyMs
  const textMs = (t: number) => thinkingMs + t / speed
  const thoughts = Array.from({ length: reasoning.pieces }, (_, nth) => ({
    dueMs: nth * reasoning.everyMs,
    type: 'response.reasoning_summary_text.delta',
    fields: { item_id: 'rs_1', output_index: 0, summary_index: 0, delta: `Thought ${nth}. ` },
  }))
  const text = tokens.map(({ t, text: delta }) => ({
    dueMs: textMs(t),
    type: 'response.output_text.delta',
    fields: { item_id: 'msg_1', output_index: 1, content_index: 0, delta },
  }))
  const endMs = textMs(tokens.at(-1)?.t ?? 0)
  const response = { id, object: 'response', model, status: 'in_progress', output: [] }
  const events = [
    { dueMs: 0, type: 'response.created', fields: { response: { ...response, status: 'queued' } } },
    { dueMs: 0, type: 'response.in_progress', fields: { response } },
    ...thoughts,
    ...text,
    { dueMs: endMs, type: `response.${plan.ends}`, fields: {} },
  ]
  return { id, model, beganAtMs, events, streams: 0, open: 0, mostOpen: 0 }
}

/** How many events of a response there are by now. */
export const eventsBy = ({ events, beganAtMs, cancelledAtMs }: StoredResponse, nowMs: number) => {
  const untilMs = Math.min(nowMs, cancelledAtMs ?? nowMs) - beganAtMs
  const later = events.findIndex(({ dueMs }) => dueMs > untilMs)
  return later < 0 ? events.length : later
}

/** The response object as it stands by now. */
export const responseBy = (stored: StoredResponse, nowMs: number) => {
  const made = stored.events.slice(0, eventsBy(stored, nowMs))
  const last = made.at(-1)?.type.slice('response.'.length) ?? 'queued'
  const isEnded = made.length === stored.events.length
  const ended = stored.cancelledAtMs === undefined ? 'in_progress' : 'cancelled'
  const status = isEnded ? last : ended
  const deltas = made.filter(({ type }) => type === 'response.output_text.delta')
  const text = deltas.map(({ fields }) => ('delta' in fields ? fields.delta : '')).join('')
  const message = { id: 'msg_1', type: 'message', content: [{ type: 'output_text', text }] }
  return {
    id: stored.id,
    object: 'response',
    model: stored.model,
    status,
    output: text === '' ? [] : [message],
    usage: isEnded ? { input_tokens: 10, output_tokens: deltas.length } : null,
    error: status === 'failed' ? { code: 'server_error', message: 'The model fell over.' } : null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
  }
}

/** One event, as it stands in a stream. */
export const eventText = (stored: StoredResponse, sequence: number, nowMs: number): string => {
  const event = stored.events[sequence]
  const isLast = sequence === stored.events.length - 1
  const fields = isLast ? { response: responseBy(stored, nowMs) } : event?.fields
  const data = { type: event?.type, sequence_number: sequence, ...fields }
  return `event: ${event?.type}\ndata: ${JSON.stringify(data)}\n\n`
}
