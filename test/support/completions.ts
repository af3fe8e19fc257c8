import type { RequestListener, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { openai } from '../../lib/adapters/sources/openai.ts'
import type { SourceSettings } from '../../lib/adapters/sources/source-parts.ts'
import { fieldsOf } from '../../lib/core/json.ts'
import type { Clock } from '../../lib/ports.ts'
import { hastyClock, hear, partsOf, serveOn } from './source-world.ts'

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

const closers: (() => void)[] = []

/** Closes a server when the test is over. */
export const closeLater = <Server extends { readonly close: () => void }>(
  server: Server,
): Server => {
  closers.push(server.close)
  return server
}

/** For `afterEach`. */
export const closeServers = (): void => {
  for (const close of closers.splice(0)) close()
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
