import type { SourceDelta } from '../../../core/conversation/source-delta.ts'
import type { SourceRequest } from '../../../core/conversation/source-request.ts'
import { fieldsOf, parsedJson } from '../../../core/json.ts'
import type { Clock } from '../../../ports.ts'
import { type Answer, LAST_BYTES_MS } from '../answer.ts'
import { completionEvents } from '../completion-body.ts'
import type { OpenAiServer } from '../openai-server.ts'
import { readShort, readWhole } from '../read-short.ts'
import { refusedWith } from '../reported-error.ts'
import { sourceFailed } from '../source-failed.ts'
import { parseResponseEvent, responseOf, type StoredResponse } from './event.ts'
import type { ResponsePlace } from './place.ts'
import type { ResponseReading } from './reading.ts'

export type Deltas = AsyncGenerator<SourceDelta, void, undefined>

export const RESPONSES = '/responses'

/** Between two looks at a response that is still under way, in ms; the last one again and again. */
const LOOK_AGAIN_MS = [1_000, 2_000, 4_000, 5_000]

/** The answer of a server that no longer streams a response, although it still has it. */
const noLongerStreamed = /no longer be streamed|cannot be streamed|not streamable/i

/** Reads one stream of a response as far as it goes, and closes it. */
export const readStream = async function* (reading: ResponseReading, answer: Answer): Deltas {
  try {
    for await (const { data, event } of await completionEvents(answer)) {
      yield* reading.take(parseResponseEvent(data, event))
      if (reading.isOver()) answer.endWithin(LAST_BYTES_MS)
    }
  } finally {
    answer.close()
  }
}

interface Stored {
  readonly server: OpenAiServer
  readonly clock: Clock
}

/**
 * Reads what follows the place of a reading until the response has ended, over as many streams as it takes: one may end before
 * the response has. Where the server no longer streams it, its text is looked at. Throws as a source does.
 */
export const followResponse = async function* (
  stored: Stored,
  reading: ResponseReading,
  request: SourceRequest,
): Deltas {
  let isStreamed = true
  let rounds = 0
  while (!reading.hasEnded()) {
    const before = reading.place()
    if (before === undefined) throw sourceFailed("The model's server named no response.")
    if (rounds > 0) await pause(stored.clock, rounds, request.signal)
    isStreamed = yield* readRound(stored, reading, before, request, isStreamed)
    rounds = reading.place()?.sequence === before.sequence ? rounds + 1 : 1
  }
}

const pause = async (clock: Clock, rounds: number, signal: AbortSignal): Promise<void> => {
  await clock.sleep(LOOK_AGAIN_MS[Math.min(rounds, LOOK_AGAIN_MS.length) - 1] ?? 0, signal)
  signal.throwIfAborted()
}

/** Reads one stream, unless there is none, and looks at the response where it has not ended with that. Returns whether there was one. */
const readRound = async function* (
  { server }: Stored,
  reading: ResponseReading,
  place: ResponsePlace,
  request: SourceRequest,
  isStreamed: boolean,
): AsyncGenerator<SourceDelta, boolean, undefined> {
  const answer = isStreamed ? await streamFrom(server, place, request) : undefined
  if (answer !== undefined) yield* readStream(reading, answer)
  if (!reading.hasEnded()) yield* reading.look(await lookAt(server, place.id, request))
  return answer !== undefined
}

const lookAt = async (
  server: OpenAiServer,
  id: string,
  request: SourceRequest,
): Promise<StoredResponse> => {
  const answer = await server.send(`${RESPONSES}/${id}`, request)
  if (answer.status !== 200) throw refusal(answer, await readShort(answer))
  return responseOf(fieldsOf(parsedJson(await readWhole(answer))))
}

/** `undefined` where the response is no longer streamed. */
const streamFrom = async (
  server: OpenAiServer,
  { id, sequence }: ResponsePlace,
  request: SourceRequest,
): Promise<Answer | undefined> => {
  const after = sequence < 0 ? '' : `&starting_after=${sequence}`
  const query = `stream=true${after}&include_obfuscation=false`
  const answer = await server.send(`${RESPONSES}/${id}`, request, { query })
  if (answer.status === 200) return answer
  const text = await readShort(answer)
  request.signal.throwIfAborted()
  if (answer.status === 400 && noLongerStreamed.test(text)) return undefined
  throw refusal(answer, text)
}

const refusal = ({ status, retryAfter }: Answer, text: string): Error =>
  status === 404
    ? sourceFailed("The model's server no longer has the response that it was to go on with (404).")
    : refusedWith(status, parsedJson(text), retryAfter)
