import type { IncomingMessage, ServerResponse } from 'node:http'
import { fieldsOf } from '../../lib/core/json.ts'
import type { Clock } from '../../lib/ports.ts'
import { refuse, type TraceModelSettings } from './answer.ts'
import {
  eventsBy,
  eventText,
  responseBy,
  type StoredResponse,
  storedResponse,
} from './stored-response.ts'

interface ResponsesOptions {
  readonly clock: Clock
  readonly settings: () => TraceModelSettings
}

/** Between two looks whether more of a response is there. */
const TICK_MS = 10

/** The part of the model's server that speaks OpenAI's Responses API, in background. */
export const responsesApi = ({ clock, settings }: ResponsesOptions) => {
  const stored: StoredResponse[] = []

  /** What of a response is there from an event on, as it comes; ends with it, or where it is cancelled. */
  const eventsFrom = async function* (kept: StoredResponse, from: number, gone: AbortSignal) {
    for (let next = from; !gone.aborted; ) {
      const made = eventsBy(kept, clock.now())
      for (; next < made; next += 1) yield eventText(kept, next, clock.now())
      if (next === kept.events.length || kept.cancelledAtMs !== undefined) return
      await clock.sleep(TICK_MS, gone)
    }
  }
  const stream = async (
    response: ServerResponse,
    kept: StoredResponse,
    from: number,
  ): Promise<void> => {
    const ends = settings().streamEnds(kept.streams)
    const gone = openStream(kept, response)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    let sent = 0
    for await (const text of eventsFrom(kept, from, gone)) {
      if (sent === ends?.after) break
      await new Promise<void>((done) => response.write(text, () => done()))
      sent += 1
    }
    if (sent === ends?.after && ends.how === 'broken') response.destroy(new Error('It broke.'))
    else response.end()
  }

  const create = (body: Readonly<Record<string, unknown>>, response: ServerResponse) => {
    const { tokens, speed, reasoning, ends } = settings()
    const id = `resp_${stored.length + 1}`
    const model = String(body['model'])
    const beganAtMs = clock.now()
    const kept = storedResponse({ id, model, beganAtMs, tokens, speed, reasoning, ends })
    stored.push(kept)
    return stream(response, kept, 0)
  }

  const retrieve = (kept: StoredResponse, query: URLSearchParams, response: ServerResponse) => {
    if (query.get('stream') !== 'true') return json(response, responseBy(kept, clock.now()))
    if (clock.now() - kept.beganAtMs > settings().streamedForMs) {
      return refuse(response, 400, 'This response can no longer be streamed.')
    }
    const after = query.get('starting_after')
    return stream(response, kept, after === null ? 0 : Number(after) + 1)
  }

  const cancel = (kept: StoredResponse, response: ServerResponse): void => {
    kept.cancelledAtMs ??= clock.now()
    json(response, responseBy(kept, clock.now()))
  }

  return {
    stored: stored as readonly Readonly<StoredResponse>[],
    /** Answers a request below `/v1/responses`. */
    async serve(request: IncomingMessage, body: unknown, response: ServerResponse): Promise<void> {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://model')
      const [, id, action] = /^\/v1\/responses(?:\/([\w-]+))?(\/cancel)?$/.exec(pathname) ?? []
      if (id === undefined && request.method === 'POST') return create(fieldsOf(body), response)
      const kept = stored.find((one) => one.id === id)
      if (kept === undefined) return refuse(response, 404, `Response ${id} was not found.`)
      if (action !== undefined) return cancel(kept, response)
      return retrieve(kept, searchParams, response)
    },
  }
}

/** Counts a stream; the signal aborts when its connection is closed. */
const openStream = (kept: StoredResponse, response: ServerResponse): AbortSignal => {
  const gone = new AbortController()
  kept.streams += 1
  kept.open += 1
  kept.mostOpen = Math.max(kept.mostOpen, kept.open)
  response.on('close', () => {
    kept.open -= 1
    gone.abort()
  })
  return gone.signal
}

const json = (response: ServerResponse, value: object): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
