import type { ServerResponse } from 'node:http'
import type { Clock } from '../../lib/ports.ts'
import { type Repeats, tokensAfter } from './continuation.ts'
import { completionEvents, type ModelFault, type TraceToken } from './events.ts'
import type { ResponsesSettings } from './responses-settings.ts'

/** How the model answers the next requests; answers under way keep what they began with. */
export interface TraceModelSettings extends ResponsesSettings {
  readonly tokens: readonly TraceToken[]
  /** 2 streams twice as fast as the trace; Infinity without any pause. */
  readonly speed: number
  /** For each request, or for the request of this number, counted from 0. */
  readonly fault: ModelFault | ((requestIndex: number) => ModelFault)
  /** False refuses requests that name `stream_options`, as some older servers do. */
  readonly takesStreamOptions: boolean
  /** What it repeats of an answer that it is asked to go on with. */
  readonly repeats?: Repeats
}

/** One request, and how far its answer came. Times are Unix milliseconds. */
export interface ModelRequest {
  readonly model: unknown
  readonly messages: unknown
  readonly asksUsage: boolean
  readonly authorization: string | undefined
  readonly askedAtMs: number
  readonly firstTokenAtMs?: number
  readonly tokensSent: number
  /** What the answer began with that it was asked to go on with; absent where it was not. */
  readonly said?: string
  /** When the client closed the connection before the answer's end; absent where it did not. */
  readonly givenUpAtMs?: number
}

/** For who makes a record; its readers see it read-only. */
export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** What one request is answered with, and by. */
export interface Exchange {
  readonly settings: Omit<TraceModelSettings, keyof ResponsesSettings>
  readonly fault: ModelFault
  readonly record: Mutable<ModelRequest>
  readonly response: ServerResponse
  readonly clock: Clock
  /** Aborts when the connection is gone. */
  readonly gone: AbortSignal
}

/** Answers with an error as OpenAI spells it. */
export const refuse = (
  response: ServerResponse,
  status: number,
  message: string,
  code = '',
): void => {
  const error = { message, type: 'invalid_request_error', code: code === '' ? null : code }
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error }))
}

/** Answers one request, to its end or to its fault. */
export const answerWithTrace = async (exchange: Exchange): Promise<void> => {
  const { settings, fault, record, response } = exchange
  if (fault.kind === 'never-starts') return
  if (fault.kind === 'status') {
    const { status, retryAfterSeconds: seconds } = fault
    if (seconds !== undefined) response.setHeader('retry-after', String(seconds))
    const quoted = `${record.authorization} asked ${JSON.stringify(record.messages)}`
    return refuse(response, status, `Refused: ${quoted}`, 'refused_by_trace')
  }
  if (fault.kind === 'html') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome!</html>')
    return
  }
  if (record.asksUsage && !settings.takesStreamOptions) {
    return refuse(response, 400, 'Unrecognized request argument supplied: stream_options')
  }
  await stream(exchange)
}

const stream = async (exchange: Exchange): Promise<void> => {
  const { settings, fault, record, response, gone } = exchange
  const events = completionEvents(String(record.model))
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write(events.first)
  const all =
    record.said === undefined
      ? settings.tokens
      : tokensAfter(settings.tokens, record.said, settings.repeats ?? 'nothing')
  const tokens = 'after' in fault ? all.slice(0, fault.after) : all
  await sendTokens(exchange, tokens)
  if (gone.aborted || fault.kind === 'hangs-after') return
  if (fault.kind === 'dies-after') {
    // Destroyed with an error, so that it does not count as given up by the client.
    response.destroy(new Error('The model died.'))
    return
  }
  if (fault.kind === 'ends-early') {
    response.end()
    return
  }
  if (fault.kind === 'error-event') {
    response.end(events.error)
    return
  }
  response.write(events.last)
  if (record.asksUsage) {
    response.write(events.usage(roughTokens(record.messages), settings.tokens.length))
  }
  response.end(events.done)
}

const sendTokens = async (exchange: Exchange, tokens: readonly TraceToken[]): Promise<void> => {
  const { settings, record, response, clock, gone } = exchange
  const events = completionEvents(String(record.model))
  const beganAtMs = clock.now()
  for (const { t, text } of tokens) {
    const waitMs = beganAtMs + t / settings.speed - clock.now()
    if (waitMs > 0) await clock.sleep(waitMs, gone)
    if (gone.aborted) return
    record.firstTokenAtMs ??= clock.now()
    record.tokensSent += 1
    await written(response, events.token(text))
  }
}

/** Resolves once the text has left: what breaks later breaks behind it. */
const written = (response: ServerResponse, text: string): Promise<void> =>
  new Promise((resolve) => response.write(text, () => resolve()))

/** Four characters a token, as a rule of thumb goes. */
const roughTokens = (messages: unknown): number =>
  Math.ceil((JSON.stringify(messages) ?? '').length / 4)
