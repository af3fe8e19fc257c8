import { ATTACHMENT_KINDS } from '../../core/conversation/attachment.ts'
import type { SourceRequest } from '../../core/conversation/source-request.ts'
import type { Turn } from '../../core/conversation/turn.ts'
import type { Conversation } from '../../core/reply/reply.ts'
import type { ReplySource } from '../../ports.ts'
import { type Answer, LAST_BYTES_MS, postOnce } from './answer.ts'
import { deltaOfEvent, deltaOfLine, deltaOfWhole, reportedError } from './http-delta.ts'
import { postWithSecret } from './post-with-secret.ts'
import { serverEvents } from './server-events.ts'
import { signTurn } from './sign-turn.ts'
import { PassingTrouble, shownContentType, sourceFailed } from './source-failed.ts'
import type { SourceParts } from './source-parts.ts'
import { LINE_CHARS, peek, splitLines } from './text-stream.ts'
import { countTries } from './tries.ts'

type Deltas = AsyncGenerator<string, void, undefined>

const accept = 'text/event-stream, application/x-ndjson, application/json, text/plain'

/**
 * Posts the turn to `REPLY_SOURCE_URL` as a Standard Webhook and streams the answer: plain text, JSON lines or server-sent
 * events, as docs/reply-sources.md describes. Throws `TextBrokenOff`, and the signal's reason when it aborts.
 */
export const http = (parts: SourceParts): ReplySource => {
  const { settings, clock, readSecret } = parts
  const url = settings.REPLY_SOURCE_URL
  if (url === undefined) throw new Error('REPLY_SOURCE_URL is missing: where turns are posted to.')

  const post = async (request: SourceRequest): Promise<Answer> => {
    const { turn } = request
    const body = JSON.stringify(turnBody(turn))
    const answer = await postWithSecret(readSecret, 'REPLIES_WEBHOOK_SECRET', (secrets = '') => {
      const signature = signTurn(secrets, { id: turn.replyId, body, nowMs: clock.now() })
      const headers = { accept, ...signature }
      return postOnce({ url, name: 'REPLY_SOURCE_URL', headers, body }, clock, request)
    })
    if (answer.status === 200 || answer.status === 204) return answer
    answer.close()
    throw refused(answer)
  }
  /** Nobody knows what the other end does to answer: once it has begun to, it is not asked again. */
  const open = async (request: SourceRequest): Promise<Answer> => {
    const tries = countTries(parts, request.signal)
    for (;;) {
      try {
        return await post(request)
      } catch (error) {
        if (!(await tries.again(error))) throw error
      }
    }
  }

  const read = async function* (request: SourceRequest): Deltas {
    const answer = await open(request)
    try {
      yield* readDeltas(answer)
    } finally {
      answer.close()
    }
  }
  return Object.assign(read, { takes: ATTACHMENT_KINDS })
}

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
    const delta = line.trim() === '' ? '' : deltaOfLine(line)
    if (delta !== '') yield delta
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
  let done = false
  for await (const { event, data } of serverEvents(text)) {
    if (done || event === 'ping') continue
    if (event === 'error') throw reportedError()
    done = data === '[DONE]'
    if (done) endWithin(LAST_BYTES_MS)
    const delta = done ? '' : deltaOfEvent(data)
    if (delta !== '') yield delta
  }
}

const readers: ReadonlyMap<string, (answer: Answer) => AsyncIterable<string>> = new Map([
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
