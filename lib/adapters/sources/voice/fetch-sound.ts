import { lookup } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Clock } from '../../../ports.ts'
import { sourceFailed } from '../source-failed.ts'
import { isPublicAddress } from './public-address.ts'

/** A voice message as it was fetched. */
export interface Sound {
  readonly bytes: Uint8Array
  /** In lower case and without parameters. */
  readonly contentType: string
}

/** How the network is reached. */
export interface SoundDoor {
  readonly resolve: (host: string) => Promise<readonly string[]>
  readonly request: typeof request
}

const MOST_BYTES = 25_000_000
const LONGEST_MS = 20_000
const SOUND =
  /^(?:audio\/[\w.+-]+|video\/(?:mp4|webm|3gpp)|(?:application|binary)\/octet-stream|application\/ogg)$/

const internet: SoundDoor = {
  resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  request,
}

const refused = (why: string): Error => sourceFailed(`The voice message was not fetched: ${why}.`)

/**
 * Fetches a sound whose address a user has sent: over https alone, from a public address, which is looked up once and is the one
 * that is connected to; no redirect is followed. At most 25 MB in 20 s, and of a sound's content type. Throws `TextBrokenOff`, and
 * the signal's reason when it aborts.
 */
export const fetchSound = async (
  url: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  door: SoundDoor = internet,
): Promise<Sound> => {
  const target = targetOf(url)
  const over = new AbortController()
  const stop = (): void => over.abort('over')
  signal.addEventListener('abort', stop, { once: true })
  void clock.sleep(LONGEST_MS, over.signal).then(stop)
  try {
    const address = await inTime(addressOf(target.host, door), over.signal)
    const answer = await open(target, address, door, over.signal)
    return await soundIn(answer)
  } catch (error) {
    signal.throwIfAborted()
    if (over.signal.aborted) throw refused('it took longer than 20 s')
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

interface Target {
  readonly host: string
  readonly path: string
}

const targetOf = (text: string): Target => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:') throw refused('its address is not https')
  if (url.port !== '' || url.username !== '' || url.password !== '') {
    throw refused('its address names a port or a user')
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), path: `${url.pathname}${url.search}` }
}

/** Resolves as the work does, or rejects as soon as the signal aborts. */
const inTime = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(refused('it took too long')), { once: true })
    }),
  ])

/** Where any of a host's addresses is not public, none is taken: whoever answers so means no good. */
const addressOf = async (host: string, { resolve }: SoundDoor): Promise<string> => {
  const addresses = isIP(host) === 0 ? await resolve(host).catch(() => []) : [host]
  const [first] = addresses
  if (first === undefined) throw refused('its host has no address')
  if (!addresses.every(isPublicAddress)) throw refused('its host is not on the public internet')
  return first
}

const open = (
  { host, path }: Target,
  address: string,
  door: SoundDoor,
  signal: AbortSignal,
): Promise<IncomingMessage> => {
  const family = isIP(address)
  const pinned: LookupFunction = (_, { all }, done) => {
    if (all) done(null, [{ address, family }])
    else done(null, address, family)
  }
  const options: RequestOptions = {
    host,
    path,
    method: 'GET',
    headers: { accept: 'audio/*, */*;q=0.1' },
    agent: false,
    lookup: pinned,
    signal,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  }
  return new Promise((resolve, reject) => {
    const asked = door.request(options, resolve)
    asked.on('error', () => reject(refused('its host does not answer')))
    asked.end()
  })
}

const soundIn = async (answer: IncomingMessage): Promise<Sound> => {
  const { statusCode = 0, headers } = answer
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  const contentType = type.trim().toLowerCase()
  try {
    if (statusCode !== 200) throw refused(`its host answered ${statusCode}`)
    if (!SOUND.test(contentType)) throw refused('it is no sound')
    if (Number(headers['content-length'] ?? 0) > MOST_BYTES) throw refused(TOO_LARGE)
    return { bytes: await bytesOf(answer), contentType }
  } finally {
    answer.destroy()
  }
}

const TOO_LARGE = 'it is larger than 25 MB'

const bytesOf = async (answer: IncomingMessage): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  let bytes = 0
  const read = async () => {
    for await (const part of answer) {
      bytes += part.length
      if (bytes > MOST_BYTES) return
      parts.push(part)
    }
  }
  await read().catch(() => {
    throw refused('the connection to its host broke')
  })
  if (bytes > MOST_BYTES) throw refused(TOO_LARGE)
  return Buffer.concat(parts)
}
