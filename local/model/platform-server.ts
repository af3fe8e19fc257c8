import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { fieldsOf, scalarText } from '../../lib/core/json.ts'
import type { Clock } from '../../lib/ports.ts'
import { listen } from '../cloud/listen.ts'
import type { Mutable } from './answer.ts'
import type { ModelFault, TraceToken } from './events.ts'
import {
  type PlatformKind,
  type PlatformScript,
  type PlatformWire,
  platformWires,
} from './platform-events.ts'

/** How the platform answers the next requests. */
export interface PlatformSettings {
  readonly tokens: readonly TraceToken[]
  /** 2 streams twice as fast as the trace; Infinity without any pause. */
  readonly speed: number
  readonly fault: ModelFault
  /** So long it only shows that it is alive before the first token, once in every `pingMs`. */
  readonly silenceMs: number
  readonly pingMs: number
}

/** One request, and how far its answer came. */
interface PlatformRequest {
  readonly body: unknown
  readonly authorization: string | undefined
  /** As the request names it; empty where it begins one. */
  readonly asked: string
  /** As the answer names it. */
  readonly conversation: string
  readonly task: string
  readonly tokensSent: number
  /** When the client closed the connection before the answer's end; absent where it did not. */
  readonly givenUpAtMs?: number
  /** What it was told to stop with; absent where it was not. */
  readonly stoppedWith?: unknown
}

/** A server that speaks as one platform does, and answers everything with a trace. */
export interface PlatformModel {
  /** For the variable that names the platform. */
  readonly url: string
  readonly requests: readonly PlatformRequest[]
  set(changes: Partial<PlatformSettings>): void
  close(): Promise<void>
}

const defaults: PlatformSettings = {
  tokens: [{ t: 0, text: 'Hello.' }],
  speed: 1,
  fault: { kind: 'none' },
  silenceMs: 0,
  pingMs: 10_000,
}

interface Exchange {
  readonly settings: PlatformSettings
  readonly script: PlatformScript
  readonly record: Mutable<PlatformRequest>
  readonly response: ServerResponse
  readonly clock: Clock
  readonly gone: AbortSignal
}

/** Starts a platform on the loopback interface. */
export const startPlatformModel = async (
  kind: PlatformKind,
  initial: Partial<PlatformSettings> = {},
  clock: Clock = systemClock,
): Promise<PlatformModel> => {
  const wire = platformWires[kind]
  let settings: PlatformSettings = { ...defaults, ...initial }
  const requests: Mutable<PlatformRequest>[] = []

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const body = await json(request)
    const stopped = wire.stopPath?.exec(url.pathname)
    if (stopped) return stop(requests, stopped[1] ?? fieldsOf(body)['chat_id'], body, response)
    if (request.method !== 'POST' || url.pathname !== wire.path) {
      response.writeHead(404).end('{}')
      return
    }
    const record = recordOf(wire, url, body, request, requests.length)
    requests.push(record)
    const gone = new AbortController()
    response.on('close', () => {
      if (!response.writableEnded && !response.errored) record.givenUpAtMs = clock.now()
      gone.abort()
    })
    const { conversation, task } = record
    const script = wire.events({ conversation, task, question: questionIn(body) })
    await answer({ settings, script, record, response, clock, gone: gone.signal })
  }

  const server = await listen(0, (request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  const origin = `http://127.0.0.1:${server.port}`
  const bases: Readonly<Record<PlatformKind, string>> = {
    dify: `${origin}/v1`,
    coze: origin,
    'adp-v1': `${origin}${wire.path}`,
    'adp-v2': `${origin}${wire.path}`,
  }
  return {
    url: bases[kind],
    requests,
    set: (changes) => {
      settings = { ...settings, ...changes }
    },
    close: server.close,
  }
}

const questionIn = (body: unknown): string => scalarText(fieldsOf(body)['content'])

const recordOf = (
  wire: PlatformWire,
  url: URL,
  body: unknown,
  { headers }: IncomingMessage,
  index: number,
): Mutable<PlatformRequest> => {
  const asked = wire.conversationOf(url, body)
  return {
    body,
    authorization: headers.authorization,
    asked,
    conversation: asked === '' ? `c-${index}` : asked,
    task: `t-${index}`,
    tokensSent: 0,
  }
}

const stop = (
  requests: readonly Mutable<PlatformRequest>[],
  task: unknown,
  body: unknown,
  response: ServerResponse,
): void => {
  const record = requests.find((one) => one.task === task)
  if (record !== undefined) record.stoppedWith = body
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":"success"}')
}

const answer = async (exchange: Exchange): Promise<void> => {
  const { settings, script, response, gone } = exchange
  const { fault } = settings
  if (fault.kind === 'never-starts') return
  if (fault.kind === 'status') {
    const { status, retryAfterSeconds: seconds } = fault
    if (seconds !== undefined) response.setHeader('retry-after', String(seconds))
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ code: 'refused_by_trace', message: 'No.', status }))
    return
  }
  if (fault.kind === 'html') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome!</html>')
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of script.first) response.write(event)
  await stayAlive(exchange)
  await sendTokens(exchange)
  if (gone.aborted || fault.kind === 'hangs-after') return
  end(exchange)
}

const end = ({ settings, script, response }: Exchange): void => {
  switch (settings.fault.kind) {
    case 'dies-after':
      // Destroyed with an error, so that it does not count as given up by the client.
      response.destroy(new Error('The platform died.'))
      return
    case 'ends-early':
      response.end()
      return
    case 'error-event':
      response.end(script.error)
      return
    default:
      for (const event of script.last(settings.tokens.map(({ text }) => text).join(''))) {
        response.write(event)
      }
      response.end()
  }
}

const stayAlive = async ({ settings, script, response, clock, gone }: Exchange): Promise<void> => {
  const untilMs = clock.now() + settings.silenceMs
  while (clock.now() < untilMs && !gone.aborted) {
    await clock.sleep(Math.min(settings.pingMs, untilMs - clock.now()), gone)
    response.write(script.ping)
  }
}

const sendTokens = async (exchange: Exchange): Promise<void> => {
  const { settings, script, record, response, clock, gone } = exchange
  const { fault, tokens, speed } = settings
  const beganAtMs = clock.now()
  for (const { t, text } of 'after' in fault ? tokens.slice(0, fault.after) : tokens) {
    const waitMs = beganAtMs + t / speed - clock.now()
    if (waitMs > 0) await clock.sleep(waitMs, gone)
    if (gone.aborted) return
    record.tokensSent += 1
    await new Promise<void>((resolve) => response.write(script.token(text), () => resolve()))
  }
}
