import fetch from 'node-fetch'
import type { SourceRequest } from '../../core/conversation/source-request.ts'
import type { Clock } from '../../ports.ts'
import { keepAlivePool } from '../http-client/keep-alive.ts'
import { PassingTrouble, shownCode } from './source-failed.ts'
import { decodeUtf8 } from './text-stream.ts'
import { unpacked } from './unpacked.ts'

/** One request to the other end of a source: a POST, or a GET where it has no body. */
export interface SourcePost {
  readonly url: string
  /** How messages for the bot's owner call the other end: the variable that holds its URL. */
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** An answer whose head has come. Whoever gets one closes it. */
export interface Answer {
  readonly status: number
  /** In lower case and without parameters; empty where the other end names none. */
  readonly contentType: string
  /** As the other end wrote it; absent where it did not. */
  readonly retryAfter?: string
  /** The body as it comes, to be read once. Throws `PassingTrouble` where it breaks off, and the signal's reason when that aborts. */
  readonly text: AsyncIterable<string>
  /** Says that all that matters may have come: `text` ends within `ms`, and whatever breaks from now on is no failure. */
  readonly endWithin: (ms: number) => void
  /** Takes `endWithin` back. */
  readonly goOn: () => void
  /** Lets go of the connection; one whose answer was read to its end stays open for the next post. */
  readonly close: () => void
}

const agent = keepAlivePool()

/** For `endWithin`, once the other end has said that it is done: a connection whose answer ends on its own can be used again. */
export const LAST_BYTES_MS = 20

/** The code of a failed connection, in brackets. The message beside it holds the URL. */
const connectionCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? shownCode(error.code) : ''

/**
 * Posts once and waits for the head of the answer, whatever its status; no redirect is followed. Throws `PassingTrouble`
 * where no answer came, and the signal's reason when it aborts: the connection is closed at once, then and later. Reports
 * life with the head and with whatever comes after it, be it text or not.
 */
export const postOnce = async (
  { url, name, headers, body }: SourcePost,
  clock: Clock,
  { signal, reportLife = () => {} }: Pick<SourceRequest, 'signal' | 'reportLife'>,
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
      ...(body === undefined ? {} : { method: 'POST', body }),
      headers: { 'content-type': 'application/json', 'accept-encoding': 'identity', ...headers },
      redirect: 'manual',
      compress: false,
      agent,
      signal: connection.signal,
    })
  const response = await open().catch((error: unknown) => {
    close()
    signal.throwIfAborted()
    throw new PassingTrouble(`${name} does not answer${connectionCode(error)}.`)
  })
  reportLife()

  const [type = ''] = (response.headers.get('content-type') ?? '').split(';')
  const contentType = type.trim().toLowerCase()
  const coding = response.headers.get('content-encoding') ?? ''
  let ending: AbortController | undefined
  const readText = async function* (): AsyncGenerator<string, void, undefined> {
    try {
      yield* decodeUtf8(unpacked(response.body, coding, contentType), reportLife)
    } catch (error) {
      if (ending !== undefined) return
      signal.throwIfAborted()
      const code = connectionCode(error)
      throw new PassingTrouble(
        `The connection to ${name} broke before the end of the answer${code}.`,
      )
    }
  }
  const goOn = (): void => {
    ending?.abort('over')
    ending = undefined
  }
  const retryAfter = response.headers.get('retry-after')
  return {
    status: response.status,
    contentType,
    ...(retryAfter === null ? {} : { retryAfter }),
    text: readText(),
    endWithin: (ms) => {
      goOn()
      const waiting = new AbortController()
      ending = waiting
      void clock.sleep(ms, waiting.signal).then(() => {
        if (ending === waiting) close()
      })
    },
    goOn,
    close: () => {
      ending?.abort('over')
      close()
    },
  }
}
