import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import fetch from 'node-fetch'
import type { Clock } from '../../ports.ts'
import { shownCode, sourceFailed } from './source-failed.ts'
import { decodeUtf8 } from './text-stream.ts'

/** One POST to the other end of a source. */
export interface SourcePost {
  readonly url: string
  /** How messages for the bot's owner call the other end: the variable that holds its URL. */
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An answer whose head has come. Whoever gets one closes it. */
export interface Answer {
  readonly status: number
  /** In lower case and without parameters; empty where the other end names none. */
  readonly contentType: string
  /** As the other end wrote it; absent where it did not. */
  readonly retryAfter?: string
  /** The body as it comes, to be read once. Throws `TextBrokenOff` where it breaks off, and the signal's reason when that aborts. */
  readonly text: AsyncIterable<string>
  /** Says that all that matters has come: `text` ends within `ms`, and whatever breaks from now on is no failure. */
  readonly endWithin: (ms: number) => void
  /** Lets go of the connection; one whose answer was read to its end stays open for the next post. */
  readonly close: () => void
}

/** A socket that was idle for longer may be closed at the other end. */
const keepAlive = { keepAlive: true, timeout: 15_000 } as const

// One pool for the whole process: a TLS handshake costs more than the first token may.
const agents = { 'http:': new HttpAgent(keepAlive), 'https:': new HttpsAgent(keepAlive) }
const agentFor = ({ protocol }: URL): HttpAgent =>
  protocol === 'http:' ? agents['http:'] : agents['https:']

/** For `endWithin`, once the other end has said that it is done: a connection whose answer ends on its own can be used again. */
export const LAST_BYTES_MS = 20

/** The code of a failed connection, in brackets. The message beside it holds the URL. */
export const connectionCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? shownCode(error.code) : ''

/**
 * Posts once and waits for the head of the answer, whatever its status; no redirect is followed. Throws node-fetch's error
 * where no answer came, and the signal's reason when it aborts: the connection is closed at once, then and later.
 */
export const postOnce = async (
  { url, name, headers, body }: SourcePost,
  clock: Clock,
  signal: AbortSignal,
): Promise<Answer> => {
  signal.throwIfAborted()
  const connection = new AbortController()
  const close = (): void => {
    signal.removeEventListener('abort', close)
    connection.abort()
  }
  signal.addEventListener('abort', close, { once: true })

  const open = (): ReturnType<typeof fetch> =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      redirect: 'manual',
      compress: false,
      agent: agentFor,
      signal: connection.signal,
    })
  const response = await open().catch((error: unknown) => {
    close()
    signal.throwIfAborted()
    throw error
  })

  let ending = false
  const readText = async function* (): AsyncGenerator<string, void, undefined> {
    try {
      yield* decodeUtf8(response.body ?? [])
    } catch (error) {
      if (ending) return
      signal.throwIfAborted()
      const code = connectionCode(error)
      throw sourceFailed(`The connection to ${name} broke before the end of the answer${code}.`)
    }
  }
  const retryAfter = response.headers.get('retry-after')
  const [contentType = ''] = (response.headers.get('content-type') ?? '').split(';')
  return {
    status: response.status,
    contentType: contentType.trim().toLowerCase(),
    ...(retryAfter === null ? {} : { retryAfter }),
    text: readText(),
    endWithin: (ms) => {
      ending = true
      void clock.sleep(ms, connection.signal).then(close)
    },
    close,
  }
}
