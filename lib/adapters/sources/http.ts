import type { SourceRequest } from '../../core/conversation/source-request.ts'
import type { Turn } from '../../core/conversation/turn.ts'
import type { ReplySource } from '../../ports.ts'
import { type Answer, LAST_BYTES_MS } from './answer.ts'
import { deltaOfEvent, deltaOfLine, reportedError } from './http-delta.ts'
import { postForAnswer } from './post-for-answer.ts'
import { postWithSecret } from './post-with-secret.ts'
import { serverEvents } from './server-events.ts'
import { signTurn } from './sign-turn.ts'
import { shownContentType, sourceFailed } from './source-failed.ts'
import type { SourceParts } from './source-parts.ts'
import { splitLines } from './text-stream.ts'

type Deltas = AsyncGenerator<string, void, undefined>

const accept = 'text/event-stream, application/x-ndjson, text/plain'

/**
 * Posts the turn to `REPLY_SOURCE_URL` as a Standard Webhook and streams the answer: plain text, JSON lines or server-sent
 * events, as docs/reply-sources.md describes. Throws `TextBrokenOff`, and the signal's reason when it aborts.
 */
export const http = (parts: SourceParts): ReplySource => {
  const { settings, clock, readSecret } = parts
  const url = settings.REPLY_SOURCE_URL
  if (url === undefined) throw new Error('REPLY_SOURCE_URL is missing: where turns are posted to.')

  const post = ({ turn, signal }: SourceRequest): Promise<Answer> => {
    const body = JSON.stringify(turnBody(turn))
    return postWithSecret(readSecret, 'REPLIES_WEBHOOK_SECRET', async (secrets = '') => {
      const signature = signTurn(secrets, { id: turn.replyId, body, nowMs: clock.now() })
      const headers = { accept, ...signature }
      return postForAnswer({ url, name: 'REPLY_SOURCE_URL', headers, body }, parts, signal)
    })
  }

  return async function* (request) {
    const answer = await post(request)
    try {
      yield* readDeltas(answer)
    } finally {
      answer.close()
    }
  }
}

const turnBody = ({ replyId, conversation, text, askedAtMs, customData }: Turn) => ({
  type: 'turn',
  replyId,
  from: conversation.from,
  to: conversation.to,
  text,
  askedAtMs,
  customData,
})

const readLines = async function* ({ text }: Answer): Deltas {
  for await (const line of splitLines(text)) {
    const delta = line.trim() === '' ? '' : deltaOfLine(line)
    if (delta !== '') yield delta
  }
}

const readEvents = async function* ({ text, endWithin }: Answer): Deltas {
  let done = false
  for await (const { event, data } of serverEvents(text)) {
    if (done) continue
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
  ['text/event-stream', readEvents],
])

const readDeltas = async function* (answer: Answer): Deltas {
  const { status, contentType } = answer
  if (status === 204) return
  if (status !== 200) {
    throw sourceFailed(`REPLY_SOURCE_URL answered ${status}: ${adviceOn(status)}.`)
  }
  const read = readers.get(contentType)
  if (read === undefined) {
    const due = [...readers.keys()].join(', ')
    throw sourceFailed(
      `REPLY_SOURCE_URL answered ${shownContentType(contentType)}; it must be one of ${due}.`,
    )
  }
  yield* read(answer)
}

const adviceOn = (status: number): string => {
  if (status === 401 || status === 403) {
    return 'it does not accept the signature, REPLIES_WEBHOOK_SECRET must be the same at both ends'
  }
  if (status === 404 || status === 405) return 'nothing takes a POST there'
  if (status === 429 || status >= 500) return 'it is in trouble or overloaded'
  if (status >= 300 && status < 400) return 'redirects are not followed, give the final address'
  return 'it must answer 200, or 204 for no text'
}
