import type { RequestListener, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { openai } from '../../lib/adapters/sources/openai.ts'
import type { SourceParts, SourceSettings } from '../../lib/adapters/sources/source-parts.ts'
import { fieldsOf } from '../../lib/core/json.ts'
import type { Clock, ReplySource } from '../../lib/ports.ts'
import type { TraceModelSettings } from '../../local/model/answer.ts'
import { startTraceModel } from '../../local/model/server.ts'
import { serveOn } from './serve-on.ts'
import { hastyClock, hear, partsOf } from './source-world.ts'

/** A server-sent event with this value as its data. */
export const eventOf = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`

/** An event of a streamed completion. */
export const deltaEvent = (delta: unknown, finish_reason: unknown = null): string =>
  eventOf({
    id: 'c-1',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason }],
  })

/** One with text. */
export const contentEvent = (content: unknown, finish_reason: unknown = null): string =>
  deltaEvent({ content }, finish_reason)

export const done = 'data: [DONE]\n\n'

/** Text or bytes to send, or milliseconds to wait. */
export type Piece = string | Uint8Array | number

/** Answers with these pieces, each in a packet of its own. */
const writePieces = async (response: ServerResponse, pieces: readonly Piece[]): Promise<void> => {
  response.socket?.setNoDelay(true)
  for (const piece of pieces) {
    await new Promise<void>((resolve) => {
      if (typeof piece === 'number') setTimeout(resolve, piece)
      else response.write(piece, () => setImmediate(resolve))
    })
  }
}

/** A server whose answer to everything is this body. */
export const servePieces = (
  pieces: readonly Piece[],
  headers: Readonly<Record<string, string>> = { 'content-type': 'text/event-stream' },
) =>
  serveOn(async (request, response) => {
    request.resume()
    response.writeHead(200, headers)
    await writePieces(response, pieces)
    response.end()
  })

/** A server that plays one of these with each request, the last one again and again; it keeps what it was asked. */
export const serveInTurn = async (plays: readonly RequestListener[]) => {
  const asked: Readonly<Record<string, unknown>>[] = []
  const server = await serveOn(async (request, response) => {
    asked.push(fieldsOf(await json(request)))
    plays[Math.min(asked.length, plays.length) - 1]?.(request, response)
  })
  return { ...server, asked }
}

const closers: (() => unknown)[] = []

/** Closes a server when the test is over. */
export const closeLater = <Server extends { readonly close: () => unknown }>(
  server: Server,
): Server => {
  closers.push(server.close)
  return server
}

/** For `afterEach`. */
export const closeServers = async (): Promise<void> => {
  for (const close of closers.splice(0)) await close()
}

/** What the model says and how it ends where its server's answer is this body. */
export const listen = async (
  pieces: readonly Piece[],
  {
    headers,
    settings = {},
    clock = hastyClock,
  }: {
    readonly headers?: Readonly<Record<string, string>>
    readonly settings?: Partial<SourceSettings>
    readonly clock?: Clock
  } = {},
) => {
  const { url } = closeLater(await servePieces(pieces, headers))
  return hear(openai(partsOf({ OPENAI_BASE_URL: url, ...settings }, undefined, clock)))
}

/** The key of a model's server, as a secret holds it. */
export const openAiKey = 'sk-KeyThatNobodyMaySee'

/** Brings it and nothing else. */
export const readKey: SourceParts['readSecret'] = async (name) =>
  name === 'OPENAI_API_KEY' ? openAiKey : undefined

/** A model of traces that tells its whole answer at once. */
export const modelWith = async (settings: Partial<TraceModelSettings> = {}) => {
  return closeLater(await startTraceModel({ speed: Number.POSITIVE_INFINITY, ...settings }))
}

/** The source that asks it. */
export const sourceAt = (
  url: string,
  changes: Partial<SourceParts['settings']> = {},
): ReplySource =>
  openai(partsOf({ OPENAI_BASE_URL: url, OPENAI_MODEL: 'trace-1', ...changes }, readKey))

/** Does not let a test wait for the pauses between tries. */
export const hastySourceAt = (url: string): ReplySource =>
  openai(partsOf({ OPENAI_BASE_URL: url }, readKey, hastyClock))

/** The URL of a server whose answer to everything is this event stream, written in these pieces. */
export const streaming = async (pieces: readonly Piece[]): Promise<string> =>
  closeLater(await servePieces(pieces, { 'content-type': 'text/event-stream; charset=utf-8' })).url
