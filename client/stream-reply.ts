// One file without dependencies, for Node 22.18 or newer and, as docs/client.md shows, for browsers.

export interface RepliesService {
  /** The deployment's output `RepliesUrl`, which ends in `/replies`. */
  readonly url: string
  /** `REPLIES_API_TOKEN`, or the token of a key in `REPLIES_API_KEYS`. Whoever sees it can write as the bot. */
  readonly token: string
}

/** Whose message it is. Without a `replyId` a new one is made; a program that may start over with the same answer gives its own. */
export type ReplyTarget = { readonly from: string; readonly replyId?: string } & (
  | { readonly to: string }
  | { readonly group: string }
)

/** What became of a reply, as docs/replies-api.md has it. */
export interface ReplyReceipt {
  readonly replyId: string
  readonly status: 'open' | 'finished' | 'interrupted' | 'failed'
  readonly msgKeys: readonly string[]
  readonly sentSeq: number
  readonly calls: number
  /** Why it failed, of the header `Reply-Failure`. */
  readonly reason?: string
}

/** What the client runs on. */
export interface Platform {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Resolves after so many ms, or when the signal aborts. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>
  /** In ms. */
  readonly now: () => number
  /** At least 0, less than 1. */
  readonly random: () => number
  readonly newReplyId: () => string
}

interface ErrorDetails {
  readonly replyId: string
  /** The HTTP status of the answer, where there was one. */
  readonly status?: number | undefined
  /** Tencent's ErrorCode, where Tencent refused the reply. */
  readonly code?: number | undefined
  /** What became of the reply, where the service said so. */
  readonly receipt?: ReplyReceipt
  readonly cause?: unknown
}

/** Why a reply could not be streamed. The message says what to mend, and never holds the token. */
export class StreamReplyError extends Error {
  readonly details: ErrorDetails
  constructor(message: string, details: ErrorDetails) {
    super(message, { cause: details.cause })
    this.name = 'StreamReplyError'
    this.details = details
  }
}

type Answer =
  | { readonly receipt: ReplyReceipt }
  | {
      readonly problem: {
        readonly status: number
        readonly detail: unknown
        readonly code: unknown
      }
    }
interface TryAgain {
  readonly again: string
  readonly afterMs?: number | undefined
  readonly status?: number
  readonly cause?: unknown
}
type Ask = (
  method: 'GET' | 'POST',
  path: '' | '/chunks' | '/cancel',
  asked?: { readonly body?: object; readonly signal?: AbortSignal; readonly forMs?: number },
) => Promise<Answer>

/** No chunk is longer, in UTF-16 units: the service keeps at most 64 KiB waiting, counted as escaped JSON. */
const MAX_CHUNK_CHARS = 8_192
/** Beyond so much unsent text the source has to wait. */
const MAX_UNSENT_CHARS = 65_536
/** The service itself answers within 30 s. */
const REQUEST_MS = 35_000
/** How much longer a request may take once the caller's signal aborts: its chunk should arrive before the cancel. */
const GRACE_MS = 5_000
/** How long, and how often at most, one request is made again. */
const RETRY_FOR_MS = 120_000
const CANCEL_FOR_MS = 5_000
const MAX_TRIES = 30
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 8_000
/** How long the client looks for the end of a reply whose last chunk was accepted. */
const WATCH_FOR_MS = 30_000
const RETRIED = [408, 425, 429, 500, 503, 504]

/**
 * Makes `streamReply` for a platform. It streams text into one message: each chunk is pushed under its own `seq`, and again under
 * the same one until the service has taken it, so lost answers and repeated requests neither lose nor repeat text. One request is
 * under way at a time; text that comes meanwhile goes with the next.
 *
 * Resolves with the reply's receipt once the message is closed: `finished`, or `interrupted` where the user pressed Stop, which
 * ends the source too; `open` only where the service has taken everything and still writes. Rejects with a `StreamReplyError`,
 * or with the source's own error or the signal's reason: then the reply is cancelled, which closes its message.
 */
export const streamReplyOn =
  (platform: Platform) =>
  async (
    service: RepliesService,
    target: ReplyTarget,
    source: AsyncIterable<string>,
    { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ReplyReceipt> => {
    const { replyId = platform.newReplyId(), ...conversation } = target
    const ask = asking(platform, service, replyId)
    signal.throwIfAborted()
    const text = readAhead(source)
    const stop = () => text.fail(signal.reason)
    signal.addEventListener('abort', stop)
    try {
      const last = await pushAll(ask, text, replyId, conversation, signal)
      return isClosed(last) ? last : await watchEnd(platform, ask, last, signal)
    } catch (error) {
      // What the service refuses, or cannot be told, it closes by itself.
      const isOurs = text.wasTaken() && !(error instanceof StreamReplyError)
      if (isOurs) await ask('POST', '/cancel', { forMs: CANCEL_FOR_MS }).catch(() => undefined)
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
      text.close()
    }
  }

/** Pushes chunk after chunk; the receipt of the last, or of the one at which the reply turned out to have ended. */
const pushAll = async (
  ask: Ask,
  text: ReturnType<typeof readAhead>,
  replyId: string,
  conversation: object,
  signal: AbortSignal,
): Promise<ReplyReceipt> => {
  for (let seq = 0; ; seq += 1) {
    const chunk = await text.take()
    const body = { seq, ...chunk, ...(seq === 0 ? conversation : {}) }
    const answer = await ask('POST', '/chunks', { body, signal })
    const receipt = 'receipt' in answer ? answer.receipt : await endOf(ask, answer, replyId, seq)
    if (chunk.finish || isClosed(receipt)) return unlessLost(receipt, chunk.finish)
  }
}

/** Asks the service about one reply, again and again where that may help. */
const asking = (platform: Platform, { url, token }: RepliesService, replyId: string): Ask => {
  if (!/^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/.test(url)) {
    throw new TypeError('`url` must be the address of the replies API, such as https://…/replies')
  }
  if (!/^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/.test(replyId)) {
    throw new TypeError('`replyId` must be 1 to 128 characters of A-Z a-z 0-9 . _ : -')
  }
  // `fetch` would quote in its error what no header can hold.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new TypeError('`token` must be ASCII without white space')
  }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const base = `${url.replace(/\/+$/, '')}/${replyId}`
  return async (method, path, { body, signal, forMs = RETRY_FOR_MS } = {}) => {
    const endsAtMs = platform.now() + forMs
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    for (let tries = 1; ; tries += 1) {
      const outcome = await attempt(platform, `${base}${path}`, init, signal)
      if (!('again' in outcome)) return outcome
      signal?.throwIfAborted()
      const backoffMs = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS)
      const pauseMs = Math.max(outcome.afterMs ?? 0, backoffMs * (0.5 + platform.random() / 2))
      if (tries >= MAX_TRIES || platform.now() + pauseMs > endsAtMs) {
        const { again, ...details } = outcome
        const advice = 'Check that the service is deployed and that this machine reaches it.'
        const message = `${again} (tries at ${base}${path}: ${tries}). ${advice}`
        throw new StreamReplyError(message, { replyId, ...details })
      }
      await platform.wait(pauseMs, signal)
      signal?.throwIfAborted()
    }
  }
}

/** One request: its answer, or why it should be made again. */
const attempt = async (
  { fetch, wait, now }: Platform,
  url: string,
  init: RequestInit,
  signal?: AbortSignal,
): Promise<Answer | TryAgain> => {
  const over = new AbortController()
  const timeout = new AbortController()
  const limit = async () => {
    await wait(REQUEST_MS, signal ? AbortSignal.any([over.signal, signal]) : over.signal)
    if (signal?.aborted) await wait(GRACE_MS, over.signal)
    timeout.abort()
  }
  void limit()
  try {
    // A redirect would carry the token elsewhere.
    const response = await fetch(url, { ...init, redirect: 'manual', signal: timeout.signal })
    return outcomeOf(response, await response.text(), now())
  } catch (cause) {
    const isLate = timeout.signal.aborted
    return { again: isLate ? 'No answer came in time' : 'The service cannot be reached', cause }
  } finally {
    over.abort()
  }
}

const outcomeOf = ({ ok, status, headers }: Response, text: string, nowMs: number) => {
  const body = objectIn(text)
  // A gateway's own 502 is no refusal by Tencent.
  if (RETRIED.includes(status) || (status === 502 && body['status'] !== 502)) {
    const detail = typeof body['detail'] === 'string' ? `: ${body['detail']}` : ''
    const afterMs = retryAfterMs(headers.get('retry-after'), nowMs)
    return { again: `The service answered ${status}${detail}`, status, afterMs }
  }
  const reason = headers.get('reply-failure')
  return ok && isReceipt(body)
    ? { receipt: reason === null ? body : { ...body, reason } }
    : { problem: { status, detail: body['detail'], code: body['code'] } }
}

const isReceipt = (body: object): body is ReplyReceipt => 'replyId' in body && 'status' in body

const objectIn = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return { ...JSON.parse(text) }
  } catch {
    return {}
  }
}

/** Reads seconds or an HTTP date. */
const retryAfterMs = (value: string | null, nowMs: number): number | undefined => {
  if (value === null) return undefined
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - nowMs
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined
}

type Refused = Extract<Answer, { readonly problem: unknown }>

/** The receipt of a reply that ended before its last chunk, which is no error where its user stopped it. */
const endOf = async (ask: Ask, refused: Refused, replyId: string, seq: number) => {
  if (refused.problem.status === 409 && seq > 0) {
    const now = await ask('GET', '')
    if ('receipt' in now && ['interrupted', 'failed'].includes(now.receipt.status))
      return now.receipt
  }
  throw refusal(refused, replyId)
}

const isClosed = ({ status }: ReplyReceipt): boolean => status !== 'open'

/** The receipt, where all text is in the message or its user did not want more. */
const unlessLost = (receipt: ReplyReceipt, wasPushedWhole: boolean): ReplyReceipt => {
  const { status, reason = 'no reason given', replyId } = receipt
  if (status === 'failed') {
    const message = `The service could not finish the reply (${reason}). Its log says why.`
    throw new StreamReplyError(message, { replyId, receipt })
  }
  if (status === 'finished' && !wasPushedWhole) {
    const message = `Somebody else finished ${replyId}. Give each answer a replyId of its own.`
    throw new StreamReplyError(message, { replyId, receipt })
  }
  return receipt
}

/** Looks at a reply that another invocation finishes until its message is closed, or for as long as that is worth. */
const watchEnd = async (
  { now, wait }: Platform,
  ask: Ask,
  accepted: ReplyReceipt,
  signal: AbortSignal,
): Promise<ReplyReceipt> => {
  const endsAtMs = now() + WATCH_FOR_MS
  for (let pauseMs = FIRST_PAUSE_MS; now() + pauseMs <= endsAtMs; pauseMs *= 1.5) {
    await wait(pauseMs, signal)
    signal.throwIfAborted()
    const answer = await ask('GET', '', { signal, forMs: WATCH_FOR_MS }).catch((error) => {
      if (error instanceof StreamReplyError) return undefined
      throw error
    })
    // All text was accepted, even if nobody can be asked, or the key may only send.
    if (answer === undefined || 'problem' in answer) break
    if (isClosed(answer.receipt)) return unlessLost(answer.receipt, true)
  }
  return accepted
}

const WRONG_URL = "Pass the deployment's output RepliesUrl, which ends in /replies, as `url`."
const MENDS: Readonly<Record<number, string>> = {
  400: 'Correct what it names.',
  401: 'Pass REPLIES_API_TOKEN, or the token of a key in REPLIES_API_KEYS, as `token`.',
  403: 'Use a key whose `may` holds "send" and whose `bots` holds this `from`.',
  409: 'Give each answer a replyId of its own, and push to it from one program alone.',
  413: 'Split the answer into several replies.',
  502: 'Tencent Chat refused it: docs/operate.md says what its ErrorCode means.',
}

const refusal = ({ problem: { status, detail, code: told } }: Refused, replyId: string) => {
  const said = typeof detail === 'string' ? `: ${detail}` : ''
  const code = typeof told === 'number' ? told : undefined
  const named = code === undefined ? '' : ` (ErrorCode ${code})`
  const message = `The service answered ${status}${said}${named}. ${MENDS[status] ?? WRONG_URL}`
  return new StreamReplyError(message, { replyId, status, code })
}

/** Reads a source ahead of whoever takes its text, up to a bound. */
const readAhead = (source: AsyncIterable<string>) => {
  const iterator = source[Symbol.asyncIterator]()
  let unsent = ''
  let ended = false
  let wasTaken = false
  let failure: { readonly error: unknown } | undefined
  let wakeReader = () => {}
  let wakeTaker = () => {}

  const end = (broken?: { readonly error: unknown }) => {
    failure ??= broken
    ended = true
    wakeTaker()
    wakeReader()
  }
  const read = async () => {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      if (ended) return
      if (typeof next.value !== 'string') throw new TypeError('the source must yield strings')
      unsent += next.value
      wakeTaker()
      while (unsent.length > MAX_UNSENT_CHARS && !ended) {
        await new Promise<void>((resolve) => {
          wakeReader = resolve
        })
      }
    }
  }
  void read().then(
    () => end(),
    (error) => end(ended ? undefined : { error }),
  )

  return {
    /** Resolves with as much as one chunk may hold, once there is any; the last may be empty. Rejects behind the text of a source that failed. */
    take: async (): Promise<{ readonly text: string; readonly finish: boolean }> => {
      for (;;) {
        const text = nextChunk(unsent, ended)
        unsent = unsent.slice(text.length)
        wakeReader()
        if (text === '' && ended && failure !== undefined) throw failure.error
        const finish = ended && unsent === '' && failure === undefined
        if (text !== '' || finish) {
          wasTaken = true
          return { text, finish }
        }
        await new Promise<void>((resolve) => {
          wakeTaker = resolve
        })
      }
    },
    wasTaken: () => wasTaken,
    /** Drops what has not been taken: the next `take` rejects. */
    fail: (error: unknown): void => {
      unsent = ''
      failure = { error }
      end()
    },
    /** Lets go of the source, whatever it is doing. */
    close: (): void => {
      end()
      void (async () => iterator.return?.())().catch(() => {})
    },
  }
}

/** The beginning of the text that may go now; half a surrogate pair waits for its other half. */
const nextChunk = (unsent: string, ended: boolean): string => {
  const chunk = unsent.slice(0, MAX_CHUNK_CHARS)
  const isAll = ended && chunk.length === unsent.length
  return !isAll && /[\ud800-\udbff]$/.test(chunk) ? chunk.slice(0, -1) : chunk
}

/** Streams text into one message of Tencent Chat through the replies API: see `streamReplyOn` for what it promises. */
export const streamReply = streamReplyOn({
  fetch: (url, init) => globalThis.fetch(url, init),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const over = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', over)
        resolve()
      }
      const timer = setTimeout(over, ms)
      signal?.addEventListener('abort', over)
    }),
  now: () => Date.now(),
  random: Math.random,
  newReplyId: () => globalThis.crypto.randomUUID(),
})
