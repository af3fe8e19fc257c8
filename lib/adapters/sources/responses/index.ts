import type { SourceDelta } from '../../../core/conversation/source-delta.ts'
import type { SourceRequest } from '../../../core/conversation/source-request.ts'
import { fieldsOf } from '../../../core/json.ts'
import { TextBrokenOff } from '../../../core/reply/text-broken-off.ts'
import type { ReplySource } from '../../../ports.ts'
import type { Answer } from '../answer.ts'
import { noStream } from '../completion-body.ts'
import { messagesOf, userOf } from '../openai-request.ts'
import { openAiServer, refusalOf } from '../openai-server.ts'
import { PassingTrouble, sourceFailed } from '../source-failed.ts'
import type { SourceParts } from '../source-parts.ts'
import { withTries } from '../tries.ts'
import { placeOf } from './place.ts'
import { type ResponseReading, readResponse } from './reading.ts'
import { type Deltas, followResponse, RESPONSES, readStream } from './stored.ts'

type Attempt = AsyncGenerator<SourceDelta, PassingTrouble | undefined, undefined>

/** Fields that some servers do not take; a server without `background` keeps no response to go on with. */
const refusable = {
  stream_options: /stream_options|include_obfuscation/,
  user: refusalOf('user'),
  background: refusalOf('background'),
}

/**
 * Asks a server that speaks OpenAI's Responses API, in background: the response is made whether anybody listens or not, and can be
 * gone on with by its id and the number of its last event. Tries and ends are as with completions.
 */
export const responses = (parts: SourceParts): ReplySource => {
  const { settings, clock } = parts
  const { OPENAI_MODEL: model, OPENAI_FALLBACK_MODEL: fallback } = settings
  const show = settings.SHOW_REASONING ?? 'hide'
  const server = openAiServer(parts, refusable)
  const isKept = () => server.takes('background')

  const create = (request: SourceRequest, asked: string | undefined): Promise<Answer> =>
    server.post(RESPONSES, request, (prompt) => ({
      stream_options: { include_obfuscation: false },
      user: userOf(request),
      ...settings.OPENAI_PARAMETERS,
      ...(prompt === undefined ? {} : { instructions: prompt }),
      model: asked,
      input: messagesOf(undefined, request).map(asInput),
      stream: true,
      background: true,
      store: true,
    }))

  const readAll = async function* (
    reading: ResponseReading,
    request: SourceRequest,
    asked: string | undefined,
  ): Deltas {
    const answer = await create(request, asked)
    yield* readStream(reading, answer)
    if (reading.hasEnded()) return
    if (!isKept() || reading.place() === undefined) throw endedEarly(answer)
    yield* followResponse({ server, clock }, reading, request)
  }
  const attempt = async function* (request: SourceRequest, asked: string | undefined): Attempt {
    const reading = readResponse({ show, request, isKept })
    try {
      yield* readAll(reading, request, asked)
      return undefined
    } catch (error) {
      return askedAnew(error, reading)
    }
  }
  const resume = async function* (request: SourceRequest, cursor: string): Deltas {
    const from = placeOf(cursor)
    if (from === undefined) throw sourceFailed('The answer was begun by another source.')
    const reading = readResponse({ show, request, from, isKept })
    try {
      yield* followResponse({ server, clock }, reading, request)
    } catch (error) {
      throw reading.isOver() ? lasting(error) : error
    }
  }
  const cancel = async (cursor: string, signal: AbortSignal): Promise<void> => {
    const id = placeOf(cursor)?.id
    for (let tries = 0; id !== undefined && tries < 2; tries += 1) {
      const asking = server.send(
        `${RESPONSES}/${id}/cancel`,
        { signal },
        { body: async () => '{}' },
      )
      const answer = await asking.catch(() => undefined)
      answer?.close()
      // Whatever else it answers: one that has ended cannot be cancelled.
      if (answer !== undefined && answer.status < 500) return
    }
  }
  const begin = (request: SourceRequest): Deltas =>
    withTries(parts, request.signal, (asked) => attempt(request, asked), { model, fallback })
  return Object.assign(begin, {
    wantsHistory: true,
    resumption: { by: 'cursor', resume, cancel } as const,
  })
}

/** The parts of a message have names of their own here. */
const asInput = ({ role, content }: ReturnType<typeof messagesOf>[number]) => ({
  role,
  content: typeof content === 'string' ? content : content.map(asInputPart),
})

const asInputPart = (part: object): object => {
  const { type, text, image_url: image } = fieldsOf(part)
  return type === 'image_url'
    ? { type: 'input_image', image_url: fieldsOf(image)['url'] }
    : { type: 'input_text', text }
}

/**
 * The trouble for which a response is asked for anew: it is unknown, or has failed before any of it was shown. Throws any other error:
 * a response that is under way is gone on with.
 */
const askedAnew = (error: unknown, reading: ResponseReading): PassingTrouble => {
  if (!(error instanceof PassingTrouble)) throw error
  const isLost = reading.isOver() || reading.place() === undefined
  if (isLost && !reading.hasShown()) return error
  throw reading.isOver() ? lasting(error) : error
}

/** To ask once more would only show the same end. */
const lasting = (error: unknown): unknown =>
  error instanceof PassingTrouble ? new TextBrokenOff(error.failure) : error

const endedEarly = (answer: Answer): Error =>
  answer.contentType === 'text/event-stream'
    ? new PassingTrouble("The model's stream ended before its response had.")
    : noStream(answer)
