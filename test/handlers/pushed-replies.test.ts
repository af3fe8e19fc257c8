import { describe, expect, it } from 'vitest'
import { bot, user } from '../support/replies-world.ts'
import { pushing, serviceWorlds } from '../support/service-world.ts'

const startWorld = serviceWorlds()

const to = { from: bot, to: user }

/** The world with one sandbox, and a way to push to one reply through it. */
const startPushing = async (...options: Parameters<typeof startWorld>) => {
  const world = await startWorld(...options)
  const replies = await world.replies()
  return { ...world, ...replies, push: pushing(replies) }
}

describe('POST /replies/{replyId}/chunks', () => {
  it('sends what it can at once, holds the last character back, and says so', async () => {
    const world = await startPushing()

    const first = await world.push({ ...to, seq: 0, text: 'Hello ' })
    const shownAfterFirst = world.textTo(user)
    const last = await world.push({ seq: 1, text: 'there', finish: true })

    expect(first).toMatchObject({ status: 202, body: { status: 'open', sentSeq: -1, calls: 1 } })
    expect(shownAfterFirst).toBe('Hello')
    expect(last).toMatchObject({ status: 200, body: { status: 'finished', sentSeq: 1, calls: 2 } })
    expect(last.body['msgKeys']).toEqual(world.shownTo(user).map(({ msgKey }) => msgKey))
    world.expectShown(user, 'Hello there')
  })

  it('answers 200 once its chunk was sent, by whatever request', async () => {
    const world = await startPushing()
    await world.push({ ...to, seq: 0, text: 'Hello' })
    await world.push({ seq: 1, text: ' there' })

    const again = await world.push({ ...to, seq: 0, text: 'Hello' })

    expect(again).toMatchObject({ status: 200, body: { status: 'open', sentSeq: 0 } })
  })

  it('puts chunks in order, whenever they come', async () => {
    const world = await startPushing()

    const early = [
      await world.push({ seq: 3, text: 'four', finish: true }),
      await world.push({ seq: 1, text: 'two ' }),
      await world.push({ seq: 2, text: 'three ' }),
    ]
    const sentBefore = world.sends().length
    const first = await world.push({ ...to, seq: 0, text: 'one ' })

    expect(early.map(({ status, body }) => [status, body['sentSeq']])).toEqual([
      [202, -1],
      [202, -1],
      [202, -1],
    ])
    expect(sentBefore).toBe(0)
    expect(first).toMatchObject({ status: 200, body: { status: 'finished', sentSeq: 3 } })
    expect(world.sends()).toHaveLength(1)
    world.expectShown(user, 'one two three four')
  })

  it('takes a chunk that comes again for the one it has', async () => {
    const world = await startPushing()

    await world.push({ ...to, seq: 0, text: 'one ' })
    await world.push({ ...to, seq: 0, text: 'one ' })
    await world.push({ seq: 2, text: 'three' })
    await world.push({ seq: 2, text: 'THREE' })
    await world.push({ seq: 1, text: 'two ' })
    await world.push({ seq: 3, text: '.', finish: true })

    world.expectShown(user, 'one two three.')
  })

  it('closes the message with a last chunk that has no text', async () => {
    const world = await startPushing()

    await world.push({ ...to, seq: 0, text: 'All of it' })
    const last = await world.push({ seq: 1, text: '', finish: true })

    expect(last).toMatchObject({ status: 200, body: { status: 'finished', sentSeq: 1 } })
    world.expectShown(user, 'All of it')
  })

  it('shows the notice for a reply that ends without any text', async () => {
    const world = await startPushing({ env: { NOTICE_EMPTY: '(nothing to say)' } })

    await world.push({ ...to, seq: 0, text: '' })
    const last = await world.push({ seq: 1, text: '', finish: true })

    expect(last).toMatchObject({ status: 200, body: { status: 'finished', calls: 1 } })
    world.expectShown(user, '(nothing to say)')
  })

  it('joins a character that two chunks share', async () => {
    const world = await startPushing()
    const [high, low] = '👋'.split('')

    await world.push({ ...to, seq: 0, text: `Hi ${high}` })
    await world.push({ seq: 1, text: `${low} and 👨‍` })
    await world.push({ seq: 2, text: '👩‍👧', finish: true })

    world.expectShown(user, 'Hi 👋 and 👨‍👩‍👧')
    for (const { text } of world.sends()) expect(text).not.toMatch(/^\u200d|^👩/)
  })

  it.each([
    ['from', { to: user }, ['from']],
    ['to', { from: bot }, ['to']],
    ['both', {}, ['from', 'to']],
  ])('needs to know with its first chunk to whom: 400 without %s', async (_name, ends, paths) => {
    const world = await startPushing()

    const answer = await world.push({ ...ends, seq: 0, text: 'Hello' })

    const errors = paths.map((path) => ({ path, message: 'is missing' }))
    expect(answer).toMatchObject({ status: 400, body: { errors } })
    expect(await world.get('reply-1')).toMatchObject({ status: 404 })
  })

  it.each([
    [{ seq: -1, text: 'a' }, 'seq'],
    [{ seq: 0.5, text: 'a' }, 'seq'],
    [{ seq: '1', text: 'a' }, 'seq'],
    [{ text: 'a' }, 'seq'],
    [{ seq: 1 }, 'text'],
    [{ seq: 1, text: null }, 'text'],
    [{ seq: 1, text: 'a', finish: 'yes' }, 'finish'],
    [{ seq: 1, text: 'a', from: 'user01', to: user }, 'from'],
    [{ seq: 1, text: 'a', end: true }, 'end'],
  ])('refuses %j with the path of the wrong field', async (body, path) => {
    const world = await startPushing()

    const answer = await world.post(body, { path: '/replies/reply-1/chunks' })

    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path }] } })
  })

  it('refuses a chunk for another conversation and goes on without it', async () => {
    const world = await startPushing()
    await world.push({ ...to, seq: 0, text: 'mine ' })

    const other = await world.push({ from: bot, to: 'user02', seq: 1, text: 'yours' })
    const last = await world.push({ ...to, seq: 1, text: 'alone', finish: true })

    expect(other).toMatchObject({ status: 409, body: { replyId: 'reply-1' } })
    expect(last.status).toBe(200)
    expect(world.shownTo('user02')).toEqual([])
    world.expectShown(user, 'mine alone')
  })

  it('refuses to add chunks to a reply that came whole', async () => {
    const world = await startPushing()
    await world.post({ ...to, replyId: 'reply-1', text: 'whole' })

    const answer = await world.push({ ...to, seq: 1, text: ' and more' })

    expect(answer.status).toBe(409)
    world.expectShown(user, 'whole')
  })

  it('takes nothing after the end, and knows what came before it', async () => {
    const world = await startPushing()
    await world.push({ ...to, seq: 0, text: 'all ' })
    await world.push({ seq: 1, text: 'said', finish: true })

    const more = await world.push({ seq: 2, text: ' and more' })
    const repeated = await world.push({ ...to, seq: 0, text: 'all ' })
    const repeatedEnd = await world.push({ seq: 1, text: 'said', finish: true })

    expect(more).toMatchObject({ status: 409, body: { status: 409, replyId: 'reply-1' } })
    for (const answer of [repeated, repeatedEnd]) {
      expect(answer).toMatchObject({ status: 200, body: { status: 'finished', sentSeq: 1 } })
    }
    world.expectShown(user, 'all said')
  })

  it('takes nothing behind an end that is known and not reached yet', async () => {
    const world = await startPushing()
    await world.push({ seq: 1, text: 'two', finish: true })

    expect(await world.push({ seq: 2, text: 'three' })).toMatchObject({ status: 409 })

    await world.push({ ...to, seq: 0, text: 'one ' })
    world.expectShown(user, 'one two')
  })

  it('takes no chunk that is more than 1,000 ahead of a missing one', async () => {
    const world = await startPushing()
    await world.push({ ...to, seq: 0, text: 'a' })

    const near = await world.push({ seq: 1_001, text: 'c' })
    const far = await world.push({ seq: 1_002, text: 'd' })

    expect(near.status).toBe(202)
    expect(far).toMatchObject({
      status: 429,
      body: { detail: expect.stringContaining('seq 1;'), replyId: 'reply-1' },
    })
    expect(far.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
  })

  it('takes no more than 64 KiB that waits for a missing chunk, but always that one', async () => {
    const world = await startPushing()
    const text = 'x'.repeat(20_000)

    const waiting = [
      await world.push({ seq: 1, text }),
      await world.push({ seq: 2, text }),
      await world.push({ seq: 3, text }),
    ]
    const full = await world.push({ seq: 4, text })
    const missing = await world.push({ ...to, seq: 0, text })
    const after = await world.push({ seq: 4, text, finish: true })

    expect(waiting.map(({ status }) => status)).toEqual([202, 202, 202])
    expect(full.status).toBe(429)
    expect(full.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    expect(missing.status).toBe(200)
    expect(after.body['status']).toBe('finished')
    world.expectShown(user, text.repeat(5), world.shownTo(user).length)
  })

  it('answers a GET while the reply waits for its next chunk', async () => {
    const world = await startPushing()
    await world.push({ ...to, seq: 0, text: 'Hello ' })
    await world.push({ seq: 1, text: 'there' })

    const answer = await world.get('reply-1')

    expect(answer).toMatchObject({
      status: 200,
      body: { replyId: 'reply-1', status: 'open', sentSeq: 0, calls: 2 },
    })
  })

  it('refuses a replyId that is none', async () => {
    const world = await startPushing()

    const answer = await world.post({ ...to, seq: 0, text: 'a' }, { path: '/replies/a%20b/chunks' })

    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'replyId' }] } })
  })
})
