import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { fieldsOf } from '../../lib/core/json.ts'
import type { Clock } from '../../lib/ports.ts'
import { listen } from '../cloud/listen.ts'
import {
  answerWithTrace,
  type ModelRequest,
  type Mutable,
  refuse,
  type TraceModelSettings,
} from './answer.ts'
import { saidBefore } from './continuation.ts'
import { responsesApi } from './responses-api.ts'
import { responsesDefaults } from './responses-settings.ts'
import type { StoredResponse } from './stored-response.ts'

/** A server that speaks OpenAI's streamed chat completions and its Responses API, and answers everything with a trace. */
export interface TraceModel {
  /** `http://127.0.0.1:<port>/v1`, for `OPENAI_BASE_URL`. */
  readonly url: string
  /** In the order in which they came. */
  readonly requests: readonly ModelRequest[]
  /** Those of the Responses API, in the order in which they were begun. */
  readonly responses: readonly Readonly<StoredResponse>[]
  set(changes: Partial<TraceModelSettings>): void
  /** Stops listening and breaks every connection. */
  close(): Promise<void>
}

/** What the model says while nothing else is set: one word, at once. */
const defaults: TraceModelSettings = {
  ...responsesDefaults,
  tokens: [{ t: 0, text: 'Hello.' }],
  speed: 1,
  fault: { kind: 'none' },
  takesStreamOptions: true,
}

/** Starts the model on the loopback interface; port 0 takes any free one. */
export const startTraceModel = async (
  initial: Partial<TraceModelSettings> = {},
  { port = 0, clock = systemClock }: { readonly port?: number; readonly clock?: Clock } = {},
): Promise<TraceModel> => {
  let settings: TraceModelSettings = { ...defaults, ...initial }
  const requests: Mutable<ModelRequest>[] = []
  const responses = responsesApi({ clock, settings: () => settings })

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url?.startsWith('/v1/responses')) {
      const asked = request.method === 'POST' ? await json(request) : undefined
      return responses.serve(request, asked, response)
    }
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      refuse(response, 404, 'There is nothing here.')
      return
    }
    const body = fieldsOf(await json(request))
    const said = saidBefore(body)
    const record: Mutable<ModelRequest> = {
      ...(said === undefined ? {} : { said }),
      model: body['model'],
      messages: body['messages'],
      asksUsage: fieldsOf(body['stream_options'])['include_usage'] === true,
      authorization: request.headers.authorization,
      askedAtMs: clock.now(),
      tokensSent: 0,
    }
    const { fault } = settings
    const faultNow = typeof fault === 'function' ? fault(requests.length) : fault
    requests.push(record)
    const gone = new AbortController()
    response.on('close', () => {
      if (!response.writableEnded && !response.errored) record.givenUpAtMs = clock.now()
      gone.abort()
    })
    await answerWithTrace({ settings, fault: faultNow, record, response, clock, gone: gone.signal })
  }

  const server = await listen(port, (request, response) => {
    // What rejects here is a body that is no JSON, or whose sender went away.
    serve(request, response).catch(() => response.destroy())
  })
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    requests,
    responses: responses.stored,
    set: (changes) => {
      settings = { ...settings, ...changes }
    },
    close: server.close,
  }
}
