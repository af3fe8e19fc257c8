import { describe, expect, it } from 'vitest'
import { StreamReplyError } from '../../client/stream-reply.ts'
import { clientWorld, service, token } from '../support/client-world.ts'
import { conversation } from '../support/delivery-world.ts'

const words = (count: number): string[] => Array.from({ length: count }, (_, n) => `word ${n} `)
const textOf = (pushes: readonly { text: string }[]): string[] => pushes.map(({ text }) => text)

/** The error with which the work rejects. */
const rejection = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error) => error,
  )

describe('streamReply', () => {
  it('merges what comes while a request is under way, and names the conversation once', async () => {
    const world = clientWorld({ latencyMs: 50 })

    const receipt = await world.run(world.stream(world.play(words(40), 5)))

    const pushes = world.pushes()
    expect(receipt).toMatchObject({ status: 'finished', msgKeys: [expect.any(String)] })
    expect(textOf(pushes).join('')).toBe(words(40).join(''))
    expect(pushes.length).toBeLessThan(10)
    expect(pushes.map(({ seq }) => seq)).toEqual(pushes.map((_, seq) => seq))
    expect(pushes.filter(({ from }) => from !== undefined)).toEqual([
      expect.objectContaining({ seq: 0, ...conversation }),
    ])
    expect(pushes.map(({ finish }) => finish)).toEqual(pushes.map((p) => p === pushes.at(-1)))
  })

  it('sends the first piece without waiting for more', async () => {
    const world = clientWorld()

    await world.run(world.stream(world.play(['first ', 'second'], 5_000)))

    expect(world.requests[0]).toMatchObject({ atMs: 0 })
    expect(textOf(world.pushes())).toEqual(['first ', 'second', ''])
  })

  it('waits as long as Retry-After says, and sends the same chunk again', async () => {
    const world = clientWorld({ weather: [429, 503] })

    await world.run(world.stream(world.play(['one ', 'two ', 'three'], 10)))

    const [first, second, third] = world.requests
    expect([second?.atMs, third?.atMs]).toEqual([1_000, 2_000])
    expect([second?.body, third?.body]).toEqual([first?.body, first?.body])
    expect(world.text()).toBe('one two three')
  })

  it('cuts a long text into chunks that the service has room for, and never a surrogate pair', async () => {
    const world = clientWorld()
    const text = `x${'😀\u0001'.repeat(10_000)}`

    await world.run(world.stream(world.play([text], 0)))

    expect(world.text()).toBe(text)
    const chunks = textOf(world.pushes())
    expect(chunks.every((chunk) => JSON.stringify(chunk).length < 65_536)).toBe(true)
    expect(chunks.map((chunk) => Buffer.from(chunk).toString())).toEqual(chunks)
  })

  it('reads the source no further ahead than its bound', async () => {
    const world = clientWorld({ weather: Array.from({ length: 99 }, () => 'lost') })
    let given = 0
    async function* endless() {
      for (;;) {
        given += 1
        yield 'x'.repeat(1_024)
      }
    }

    const error = await world.run(rejection(world.stream(endless())))

    expect(error).toBeInstanceOf(StreamReplyError)
    expect(given).toBeLessThan(75)
  })

  it('resolves with an interrupted reply where its user presses Stop, and lets go of the source', async () => {
    const world = clientWorld()
    const streaming = world.stream(world.play(words(200), 100))
    const stopped = world.clock.sleep(3_000).then(() => world.stop())

    const receipt = await world.run(streaming)
    await stopped
    await world.run(world.clock.sleep(100))

    expect(receipt.status).toBe('interrupted')
    expect(world.source.letGo).toBe(true)
    expect(world.shown().map(({ finished }) => finished)).toEqual([true])
  })

  it.each([
    ['while it waits for the source', 2_000, 20],
    ['while a request is under way', 30, 60],
  ])('cancels the reply when its signal aborts %s', async (_when, abortAtMs, latencyMs) => {
    const world = clientWorld({ latencyMs })
    const controller = new AbortController()
    void world.clock.sleep(abortAtMs).then(() => controller.abort(new Error('nobody listens')))
    const { signal } = controller

    const error = await world.run(rejection(world.stream(world.play(words(5), 60_000), { signal })))

    expect(error).toEqual(new Error('nobody listens'))
    expect(world.requests.at(-1)?.path).toBe('/reply-1/cancel')
    expect(world.text()).toContain('word 0')
    expect(world.shown().map(({ finished }) => finished)).toEqual([true])
  })

  it('asks the service nothing where its signal has aborted before', async () => {
    const world = clientWorld()

    const error = await rejection(
      world.stream(world.play(['never'], 0), { signal: AbortSignal.abort('no') }),
    )

    expect([error, world.requests]).toEqual(['no', []])
  })

  it('shows what a source said before it failed, closes the message, and rejects with its error', async () => {
    const world = clientWorld()
    async function* broken() {
      yield 'As far as '
      yield 'I know'
      throw new Error('the model went away')
    }

    const error = await world.run(rejection(world.stream(broken())))

    expect(error).toEqual(new Error('the model went away'))
    expect(textOf(world.pushes()).join('')).toBe('As far as I know')
    expect(world.text()).toContain('As far as I kno')
    expect(world.shown().map(({ finished }) => finished)).toEqual([true])
  })

  it('begins no reply for a source that fails before its first text', async () => {
    const world = clientWorld()
    const broken = new ReadableStream<string>({
      start: (controller) => controller.error(new Error('no such model')),
    })

    const error = await world.run(rejection(world.stream(broken)))

    expect([error, world.requests]).toEqual([new Error('no such model'), []])
  })

  it('says what to mend when it is refused, and never shows the token', async () => {
    const world = clientWorld()
    const target = { ...conversation, replyId: 'reply-1' }
    const say = () => world.play(['hello'], 0)
    const refusedWith = (work: Promise<unknown>) => world.run(rejection(work))

    const errors = [
      await refusedWith(world.streamTo({ ...service, token: 'secret-but-wrong' }, target, say())),
      await refusedWith(world.streamTo(service, { ...target, from: 'me' }, say())),
      await refusedWith(world.streamTo({ ...service, url: 'https://x.example' }, target, say())),
      await refusedWith(world.streamTo({ ...service, token: 'secret\nline' }, target, say())),
      await refusedWith(world.streamTo({ ...service, url: 'example.com' }, target, say())),
    ].map(String)

    expect(errors).toEqual([
      expect.stringMatching(/answered 401: .* Pass REPLIES_API_TOKEN/),
      expect.stringMatching(/answered 400: from .* Correct what it names/),
      expect.stringMatching(/answered 404: .* Pass the deployment's output RepliesUrl/),
      expect.stringContaining('`token` must be ASCII without white space'),
      expect.stringContaining('`url` must be the address of the replies API'),
    ])
    for (const error of errors) expect(error).not.toMatch(/secret|nobody-may-see/)
  })

  it('looks for the end of a reply that another invocation is still writing', async () => {
    const world = clientWorld({ weather: ['cut'], chatLatencyMs: 2_000 })

    const receipt = await world.run(world.stream(world.play(['hello'], 0)))

    expect(receipt).toMatchObject({ status: 'finished', msgKeys: [expect.any(String)] })
    expect(world.requests.at(-1)?.path).toBe('/reply-1')
    expect(world.text()).toBe('hello')
  })

  it('resolves with an open reply where all text was accepted and nobody can be asked for its end', async () => {
    const weather = [
      'cut' as const,
      'fine' as const,
      'fine' as const,
      ...Array.from({ length: 99 }, () => 'lost' as const),
    ]
    const world = clientWorld({ weather, chatLatencyMs: 2_000 })

    const receipt = await world.run(world.stream(world.play(['hello'], 0)))
    await world.run(world.settled())

    expect(receipt.status).toBe('open')
    expect(world.text()).toBe('hello')
    expect(world.shown().map(({ finished }) => finished)).toEqual([true])
  })

  it('gives up after two minutes, and says where it asked', async () => {
    const world = clientWorld({ weather: Array.from({ length: 99 }, () => 'lost') })

    const error = await world.run(rejection(world.stream(world.play(['hello'], 0))))

    expect(String(error)).toContain('The service cannot be reached (tries at https://replies.')
    expect(String(error)).not.toContain(token)
    expect(world.requests.at(-1)?.atMs).toBeLessThanOrEqual(120_000)
  })

  it('rejects where another program ends the same reply', async () => {
    const world = clientWorld()
    const first = world.stream(world.play(['mine ', 'too'], 10))

    await world.run(first)
    const error = await world.run(rejection(world.stream(world.play(words(9), 500))))

    expect(String(error)).toMatch(/Give each answer a replyId of its own/)
  })
})
