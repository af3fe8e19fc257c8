import type { EventSourceMessage } from 'eventsource-parser'
import { ATTACHMENT_KINDS } from '../../core/conversation/attachment.ts'
import { type SourceDelta, textOfDelta } from '../../core/conversation/source-delta.ts'
import type { SourceRequest } from '../../core/conversation/source-request.ts'
import type { Turn } from '../../core/conversation/turn.ts'
import type { Conversation } from '../../core/reply/reply.ts'
import type { ReplySource } from '../../ports.ts'
import { type Answer, LAST_BYTES_MS, postOnce } from './answer.ts'
import {
  BEGINNING,
  deltaOfEvent,
  deltaOfLine,
  deltaOfWhole,
  inHeader,
  reportedError,
  withId,
} from './http-delta.ts'
import { postWithSecret } from './post-with-secret.ts'
import { serverEvents } from './server-events.ts'
import { signTurn } from './sign-turn.ts'
import { PassingTrouble, shownContentType, sourceFailed } from './source-failed.ts'
import type { SourceParts } from './source-parts.ts'
import { LINE_CHARS, peek, splitLines } from './text-stream.ts'
import { countTries } from './tries.ts'

type Deltas = AsyncGenerator<SourceDelta, void, undefined>

const accept = 'text/event-stream, application/x-ndjson, application/json, text/plain'

/**
 * Posts the turn to `REPLY_SOURCE_URL` as a Standard Webhook and streams the answer: plain text, JSON lines or server-sent
 * events, as docs/reply-sources.md describes. Throws `TextBrokenOff`, and the signal's reason when it aborts.
 */
export const http = (parts: SourceParts): ReplySource => {
  const { settings, clock, readSecret } = parts
  const url = settings.REPLY_SOURCE_URL
  if (url === undefined) throw new Error('REPLY_SOURCE_URL is missing: where turns are posted to.')

  const post = async (request: SourceRequest, lastId?: string): Promise<Answer> => {
    const { turn } = request
    const body = JSON.stringify(turnBody(turn))
    const from = lastId === undefined ? {} : { 'last-event-id': inHeader(lastId) }
    const answer = await postWithSecret(readSecret, 'REPLIES_WEBHOOK_SECRET', (secrets = '') => {
      const signature = signTurn(secrets, { id: turn.replyId, body, nowMs: clock.now() })
      const headers = { accept, ...from, ...signature }
      return postOnce({ url, name: 'REPLY_SOURCE_URL', headers, body }, clock, request)
    })
    if (answer.status === 200 || answer.status === 204) return answer
    answer.close()
    throw isForgotten(answer.status, lastId) ? forgotten() : refused(answer)
  }
  /** Returns the trouble, where nothing of the answer has come before it. */
  const attempt = async function* (
    request: SourceRequest,
  ): AsyncGenerator<SourceDelta, unknown, undefined> {
    let hasBegun = false
    try {
      for await (const delta of namingBeginning(readAndClose(await post(request)))) {
        hasBegun = true
        yield delta
      }
      return undefined
    } catch (error) {
      if (hasBegun) throw error
      return error
    }
  }
  /** Nobody knows what the other end does to answer: once something of it has come, it is asked only for what follows. */
  const begin = async function* (request: SourceRequest): Deltas {
    const tries = countTries(parts, request.signal)
    let trouble = yield* attempt(request)
    while (trouble !== undefined) {
      if (!(await tries.again(trouble))) throw trouble
      trouble = yield* attempt(request)
    }
  }
  const resume = async function* (request: SourceRequest, cursor: string): Deltas {
    const again = cursor === BEGINNING
    const deltas = readAndClose(await post(request, again ? undefined : cursor))
    yield* again ? namingBeginning(deltas) : deltas
  }
  return Object.assign(begin, {
    takes: ATTACHMENT_KINDS,
    resumption: { by: 'cursor', resume } as const,
  })
}

const readAndClose = async function* (answer: Answer): Deltas {
  try {
    yield* readDeltas(answer)
  } finally {
    answer.close()
  }
}

/** A server that knows no such answer any more says so; before it has said where it stands, such a status may mean trouble. */
const isForgotten = (status: number, lastId: string | undefined): boolean =>
  status === 410 || (status === 409 && lastId !== undefined)

const forgotten = (): Error =>
  sourceFailed('REPLY_SOURCE_URL no longer knows the answer that it was asked to go on with.')

const turnBody = ({ replyId, conversation, text, askedAtMs, customData, attachments }: Turn) => ({
  type: 'turn',
  replyId,
  from: conversation.from,
  ...addresseeOf(conversation),
  text,
  askedAtMs,
  customData,
  attachments,
})

/** The user, or the group with its topic and whoever asked. */
const addresseeOf = ({ to, group }: Conversation) =>
  group === undefined ? { to } : { group: to, topic: group.topic, sender: group.asker }

const readLines = async function* ({ text }: Answer): Deltas {
  for await (const line of splitLines(text)) {
    if (line.trim() !== '') yield deltaOfLine(line)
  }
}

/** All of the text in one JSON value. */
const readWhole = async function* ({ text }: Answer): Deltas {
  let whole = ''
  for await (const part of text) {
    whole += part
    if (whole.length > LINE_CHARS) throw sourceFailed('The answer is longer than 1 MiB.')
  }
  const delta = whole.trim() === '' ? '' : deltaOfWhole(whole)
  if (delta !== '') yield delta
}

const readEvents = async function* ({ text, endWithin }: Answer): Deltas {
  for await (const event of serverEvents(text)) {
    if (event.data !== '[DONE]') yield deltaOfNamed(event)
    else {
      endWithin(LAST_BYTES_MS)
      // The connection can be used again once all of the body was read.
      for await (const _ of text);
      return
    }
  }
}

const deltaOfNamed = ({ event, data, id }: EventSourceMessage): SourceDelta => {
  if (event === 'error') throw reportedError()
  return withId(event === 'ping' ? '' : deltaOfEvent(data), id)
}

/** Before the first id that a server gives, its answer can only be had again from the beginning. */
const namingBeginning = async function* (deltas: AsyncIterable<SourceDelta>): Deltas {
  let isNamed = false
  let hasText = false
  for await (const delta of deltas) {
    if (delta === '') continue
    if (typeof delta !== 'string' && !isNamed && !hasText) yield { text: '', cursor: BEGINNING }
    isNamed ||= typeof delta !== 'string'
    hasText ||= textOfDelta(delta) !== ''
    yield delta
  }
}

const readers = new Map<string, (answer: Answer) => AsyncIterable<SourceDelta>>([
  ['text/plain', ({ text }) => text],
  ['application/x-ndjson', readLines],
  ['application/jsonl', readLines],
  ['application/json', readWhole],
  ['text/event-stream', readEvents],
])

const readDeltas = async function* (answer: Answer): Deltas {
  const { status, contentType } = answer
  if (status === 204) return
  const read = readers.get(contentType)
  yield* read === undefined ? readUntold(answer) : read(answer)
}

/** Events are told by their first line where no content type tells them. */
const readUntold = async function* (answer: Answer): Deltas {
  const { beginning, text } = await peek(answer.text)
  if (!/^(data|event|id|retry)?:/.test(beginning)) {
    const due = [...readers.keys()].join(', ')
    throw sourceFailed(
      `REPLY_SOURCE_URL answered ${shownContentType(answer.contentType)}; it must be one of ${due}.`,
    )
  }
  yield* readEvents({ ...answer, text })
}

const PASSING_STATUS: ReadonlySet<number> = new Set([408, 409, 425, 429])

const refused = ({ status, retryAfter }: Answer): Error => {
  const detail = `REPLY_SOURCE_URL answered ${status}: ${adviceOn(status)}.`
  return PASSING_STATUS.has(status) || status >= 500
    ? new PassingTrouble(detail, retryAfter)
    : sourceFailed(detail)
}

const adviceOn = (status: number): string => {
  if (status === 401 || status === 403) {
    return 'it does not accept the signature, REPLIES_WEBHOOK_SECRET must be the same at both ends'
  }
  if (status === 404 || status === 405) return 'nothing takes a POST there'
  if (PASSING_STATUS.has(status) || status >= 500) return 'it is in trouble or overloaded'
  if (status >= 300 && status < 400) return 'redirects are not followed, give the final address'
  return 'it must answer 200, or 204 for no text'
}
