import type { RequestListener } from 'node:http'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchSound } from '../../../../lib/adapters/sources/voice/fetch-sound.ts'
import { TextBrokenOff } from '../../../../lib/core/reply/text-broken-off.ts'
import { closeLater, closeServers } from '../../../support/completions.ts'
import { serveOn } from '../../../support/serve-on.ts'
import { soundDoor } from '../../../support/sound-door.ts'
import { hastyClock } from '../../../support/source-world.ts'

afterEach(closeServers)

const PUBLIC = '8.8.8.8'
const signal = new AbortController().signal
const at = { clock: hastyClock, signal }
/** However long a crowded machine takes. */
const patient = { clock: { ...hastyClock, sleep: () => new Promise<void>(() => {}) }, signal }
const sound: RequestListener = (_, response) =>
  response.writeHead(200, { 'content-type': 'Audio/MPEG; x=1' }).end('sound')

const doorTo = async (
  listener: RequestListener = sound,
  addresses: readonly (readonly string[])[] = [[PUBLIC]],
) => soundDoor(closeLater(await serveOn(listener)).url, addresses)

/** Why a sound was not fetched. */
const whyNot = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof TextBrokenOff) return error.failure.detail
  throw new Error('It was fetched, or failed otherwise.', { cause: error })
}

describe('a sound that a user has sent', () => {
  it('is fetched from the one address that was looked at, under its own name', async () => {
    const { door, knocks, resolved } = await doorTo(sound, [[PUBLIC], ['127.0.0.1']])

    const fetched = await fetchSound('https://sounds.example/a.mp3?x=1', patient, door)

    expect(Buffer.from(fetched.bytes).toString()).toBe('sound')
    expect(fetched.contentType).toBe('audio/mpeg')
    const named = { host: 'sounds.example', servername: 'sounds.example', path: '/a.mp3?x=1' }
    expect(knocks).toEqual([{ ...named, address: PUBLIC }])
    expect(resolved()).toBe(1)
  })

  it.each([
    ['loopback', 'https://127.0.0.1/a'],
    ['loopback in one number', 'https://2130706433/a'],
    ['loopback in hexadecimal', 'https://0x7f.1/a'],
    ['loopback in octal', 'https://0177.0.0.1/a'],
    ['nobody', 'https://0.0.0.0/a'],
    ['the metadata of a cloud', 'https://169.254.169.254/latest/meta-data'],
    ['a private network', 'https://10.0.0.1/a'],
    ['IPv6 loopback', 'https://[::1]/a'],
    ['IPv4 in IPv6', 'https://[::ffff:127.0.0.1]/a'],
    ['IPv4 in IPv6, in hexadecimal', 'https://[::ffff:7f00:1]/a'],
    ['link-local IPv6', 'https://[fe80::1]/a'],
    ['a private network of IPv6', 'https://[fd00::1]/a'],
    ['6to4', 'https://[2002:7f00:1::]/a'],
  ])('is not fetched from %s', async (_, url) => {
    const { door, knocks, resolved } = await doorTo()

    expect(await whyNot(fetchSound(url, at, door))).toContain('not on the public internet')
    expect([knocks.length, resolved()]).toEqual([0, 0])
  })

  it.each([
    ['loopback', ['127.0.0.1']],
    ['a private address among public ones', [PUBLIC, '192.168.0.1']],
    ['the metadata of a cloud', ['169.254.169.254']],
    ['IPv6 loopback', ['::1']],
    ['IPv4 in IPv6', [PUBLIC, '::ffff:10.0.0.1']],
  ])('is not fetched from a name that means %s', async (_, addresses) => {
    const { door, knocks } = await doorTo(sound, [addresses])

    expect(await whyNot(fetchSound('https://rebind.example/a', at, door))).toContain(
      'not on the public internet',
    )
    expect(knocks).toEqual([])
  })

  it.each([
    ['http', 'http://sounds.example/a', 'not https'],
    ['a file', 'file:///etc/passwd', 'not https'],
    ['data', 'data:audio/mpeg;base64,AAAA', 'not https'],
    ['no URL', 'sounds.example/a', 'not https'],
    ['a port', 'https://sounds.example:8443/a', 'a port or a user'],
    ['a user', 'https://user:pass@sounds.example/a', 'a port or a user'],
  ])('is not fetched by %s', async (_, url, why) => {
    const { door, knocks } = await doorTo()

    expect(await whyNot(fetchSound(url, at, door))).toContain(why)
    expect(knocks).toEqual([])
  })

  it('is not looked for elsewhere where its host redirects', async () => {
    for (const location of [
      'https://127.0.0.1/a',
      'https://other.example/a',
      'file:///etc/passwd',
    ]) {
      const { door, knocks } = await doorTo((_, response) =>
        response.writeHead(302, { location }).end(),
      )

      expect(await whyNot(fetchSound('https://sounds.example/a', at, door))).toContain(
        'answered 302',
      )
      expect(knocks).toHaveLength(1)
    }
  })

  it.each<readonly [string, RequestListener, string]>([
    ['a page', (_, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('x'), 'no sound'],
    [
      'JSON',
      (_, r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
      'no sound',
    ],
    ['nothing that has a name', (_, r) => r.writeHead(200).end('x'), 'no sound'],
    [
      'too much, and it says so',
      (_, r) =>
        r.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': '25000001' }).end(),
      'larger than 25 MB',
    ],
    [
      'too much, without a word',
      (_, r) => {
        r.writeHead(200, { 'content-type': 'audio/mpeg' })
        for (let n = 0; n < 26; n += 1) r.write(Buffer.alloc(1_000_000))
        r.end()
      },
      'larger than 25 MB',
    ],
    [
      'half of it',
      (_, r) => {
        r.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': '100' })
        r.write('half', () => r.destroy())
      },
      'broke',
    ],
  ])('is not taken where its host sends %s', async (_, listener, why) => {
    const { door } = await doorTo(listener)

    expect(await whyNot(fetchSound('https://sounds.example/a', patient, door))).toContain(why)
  })

  it.each<readonly [string, RequestListener]>([
    ['nothing', () => {}],
    [
      'a byte and then nothing',
      (_, r) => void r.writeHead(200, { 'content-type': 'audio/mpeg' }).write('x'),
    ],
  ])('is waited for no longer than 20 s where its host sends %s', async (_, listener) => {
    const { door } = await doorTo(listener)

    expect(await whyNot(fetchSound('https://sounds.example/a', at, door))).toContain(
      'longer than 20 s',
    )
  })

  it('is given up at once when nobody wants it any more', async () => {
    const { door } = await doorTo(() => {})
    const stop = new AbortController()
    const fetching = fetchSound('https://sounds.example/a', { ...at, signal: stop.signal }, door)

    stop.abort(new Error('not wanted'))

    await expect(fetching).rejects.toThrow('not wanted')
  })

  it('makes no connection to this machine by the real way out', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closeLater({ close: () => server.close() })

    for (const url of ['https://localhost/a', 'https://127.0.0.1/a', 'https://[::1]/a']) {
      expect(await whyNot(fetchSound(url, at))).toContain('not on the public internet')
    }
    expect(connections).toBe(0)
  })
})
