import { describe, expect, it } from 'vitest'
import { apiToken } from '../support/local-cloud.ts'
import { bot, repliesWorlds, user } from '../support/replies-world.ts'

const startWorld = repliesWorlds()

const to = { from: bot, to: user }
const bearer = { authorization: `Bearer ${apiToken}` }

const words = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `word ${index} `)

describe('POST /replies', () => {
  it('sends each chunk in a call of its own, in order, into one message, and closes it', async () => {
    const world = await startWorld()

    const answer = await world.post({ ...to, replyId: 'reply-1', chunks: ['Hel', 'lo ', 'there'] })

    expect(world.sends().map(({ text, finish }) => [text, finish])).toEqual([
      ['Hel', false],
      ['lo ', false],
      ['there', true],
    ])
    world.expectShown('Hello there')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(answer.body).toEqual({
      replyId: 'reply-1',
      status: 'finished',
      msgKeys: world.shown().map(({ msgKey }) => msgKey),
      sentSeq: 2,
      calls: 3,
    })
  })

  it('keeps the gap between calls', async () => {
    const world = await startWorld({ env: { MIN_GAP_MS: '150' } })

    await world.post({ ...to, chunks: ['one ', 'two ', 'three ', 'four'] })

    const starts = world.sends().map(({ startedAtMs }) => startedAtMs)
    const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0))
    // Measured at the service: what a call takes to get there varies. The last call does not wait for the gap.
    expect(Math.min(...gaps.slice(0, -1))).toBeGreaterThan(120)
  })

  it('takes 200 ms as the gap where none is set', async () => {
    const world = await startWorld({ env: { MIN_GAP_MS: undefined } })

    await world.post({ ...to, chunks: ['one ', 'two ', 'three'] })

    const [first, second] = world.sends()
    expect((second?.startedAtMs ?? 0) - (first?.startedAtMs ?? 0)).toBeGreaterThan(170)
  })

  it('sends a text in as few calls as it fits into', async () => {
    const world = await startWorld()

    const answer = await world.post({ ...to, text: 'A short answer.' })

    world.expectShown('A short answer.')
    expect(world.sends()).toHaveLength(1)
    expect(answer.body).toMatchObject({ status: 'finished', calls: 1, sentSeq: 0 })
  })

  it('lets a text appear at its rate', async () => {
    const world = await startWorld()
    const text = words(12).join('')

    const startedAtMs = Date.now()
    await world.post({ ...to, text, charsPerSecond: 150 })

    const tookMs = Date.now() - startedAtMs
    world.expectShown(text)
    expect(tookMs).toBeGreaterThan((text.length / 150) * 1_000 - 100)
    expect(world.sends().length).toBeGreaterThan(4)
  })

  it('lets chunks appear at a rate, each in a call of its own', async () => {
    const world = await startWorld()
    const chunks = words(6)

    const startedAtMs = Date.now()
    await world.post({ ...to, chunks, charsPerSecond: 150 })

    // The last chunk begins when the five before it, 35 characters, have had their time.
    expect(Date.now() - startedAtMs).toBeGreaterThan((35 / 150) * 1_000 - 20)
    expect(world.sends().map(({ text }) => text)).toEqual(chunks)
  })

  it('goes on in a second message before the first is too long', async () => {
    const world = await startWorld()
    const text = 'fifteen characters '.repeat(800)

    const answer = await world.post({ ...to, text })

    world.expectShown(text, 2)
    expect(answer.body).toMatchObject({
      status: 'finished',
      msgKeys: world.shown().map(({ msgKey }) => msgKey),
    })
  })

  it('makes a new replyId for each reply that comes without one', async () => {
    const world = await startWorld()

    const first = await world.post({ ...to, text: 'one' })
    const second = await world.post({ ...to, text: 'one' })

    expect(first.body['replyId']).toMatch(/^[\w.:-]{1,128}$/)
    expect(second.body['replyId']).not.toBe(first.body['replyId'])
    expect(world.shown()).toHaveLength(2)
  })

  it('writes nothing twice for the same replyId, and answers the same', async () => {
    const world = await startWorld()
    const order = { ...to, replyId: 'reply-1', chunks: ['once ', 'only'] }

    const first = await world.post(order)
    const second = await world.post(order)

    expect(second.body).toEqual(first.body)
    expect(second.status).toBe(200)
    world.expectShown('once only')
    expect(world.sends()).toHaveLength(2)
  })

  it('writes nothing twice when the same replyId comes several times at once', async () => {
    const world = await startWorld({ latencyMs: 20 })
    const order = { ...to, replyId: 'reply-1', chunks: ['once ', 'only'] }

    const answers = await Promise.all(Array.from({ length: 5 }, () => world.post(order)))

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 202, 202, 202, 202])
    expect(answers.filter(({ body }) => body['status'] === 'open')).toHaveLength(4)
    world.expectShown('once only')
    expect(world.sends()).toHaveLength(2)
  })

  it.each([
    ['user', { from: bot, to: 'user02' }],
    ['bot', { from: '@RBT#other', to: user }],
  ])('refuses a replyId that another %s has', async (_who, other) => {
    const world = await startWorld()
    await world.post({ ...to, replyId: 'reply-1', text: 'mine' })
    const before = world.chat.calls.length

    const answer = await world.post({ ...other, replyId: 'reply-1', text: 'yours' })

    expect(answer).toMatchObject({ status: 409, body: { status: 409, replyId: 'reply-1' } })
    world.expectShown('mine')
    expect(world.chat.calls).toHaveLength(before)
  })

  it.each([
    ['an empty text', { text: '' }],
    ['chunks without text', { chunks: ['', ''] }],
  ])('shows the notice for %s', async (_name, nothing) => {
    const world = await startWorld({ env: { NOTICE_EMPTY: '(nothing to say)' } })

    const answer = await world.post({ ...to, ...nothing })

    expect(answer.body).toMatchObject({ status: 'finished', calls: 1 })
    world.expectShown('(nothing to say)')
  })

  const family = '👨‍👩‍👧'
  it.each([
    ['a cluster that chunks cut', { chunks: ['a', ...family.split(''), 'b'] }, `a${family}b`],
    [
      'a text of emoji at a rate',
      { text: family.repeat(5), charsPerSecond: 200 },
      family.repeat(5),
    ],
    ['half characters', { chunks: ['a\ud83d', 'b', '\udc68c'] }, 'a\ufffdb\ufffdc'],
    ['a flag and a combining mark', { text: '🇩🇪e\u0301' }, '🇩🇪e\u0301'],
  ])('sends %s whole', async (_name, content, text) => {
    const world = await startWorld()

    await world.post({ ...to, ...content })

    world.expectShown(text)
    for (const call of world.sends()) expect(call.text).not.toMatch(/^[\u200d\u0301\udc00-\udfff]/)
  })

  it('closes the message before the deadline with all of its text', async () => {
    const world = await startWorld({ env: { MIN_GAP_MS: '200' } })
    const chunks = words(100)

    const startedAtMs = Date.now()
    const answer = await world.post({ ...to, chunks }, { remainingMs: 3_000 })

    expect(Date.now() - startedAtMs).toBeLessThan(2_500)
    expect(answer).toMatchObject({ status: 200, body: { status: 'finished', sentSeq: 99 } })
    world.expectShown(chunks.join(''))
    // At first chunk by chunk, and then what was left.
    expect(world.sends().length).toBeGreaterThan(4)
    expect(world.sends()[1]?.text).toBe(chunks[1])
  })

  it.each([
    ['no content type', bearer],
    [
      'a content type with parameters',
      { ...bearer, 'content-type': 'application/json; charset=utf-8' },
    ],
    ['a JSON content type of its own', { ...bearer, 'content-type': 'Application/vnd.acme+json' }],
  ])('takes a body with %s', async (_name, headers) => {
    const world = await startWorld()

    expect(await world.post({ ...to, text: 'yes' }, { headers })).toMatchObject({ status: 200 })
  })

  it('takes a body of 256 KiB', async () => {
    const world = await startWorld()
    const body = JSON.stringify({ ...to, text: 'yes' })

    const answer = await world.post(body + ' '.repeat(256 * 1024 - body.length))

    expect(answer.status).toBe(200)
    world.expectShown('yes')
  })
})

describe('GET /replies/{replyId}', () => {
  it('answers what became of a reply', async () => {
    const world = await startWorld()
    const sent = await world.post({ ...to, replyId: 'a.b_c:d-1', chunks: ['one ', 'two'] })

    const answer = await world.get('a.b_c:d-1')

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual(sent.body)
  })

  it('answers for a reply that is under way', async () => {
    const world = await startWorld({ env: { MIN_GAP_MS: '100' } })
    const sending = world.post({ ...to, replyId: 'reply-1', chunks: ['one ', 'two ', 'three'] })
    await expect.poll(world.shown).toHaveLength(1)

    const answer = await world.get('reply-1')

    expect(answer).toMatchObject({ status: 200, body: { replyId: 'reply-1', status: 'open' } })
    await sending
  })

  it('answers for a reply that Tencent refused', async () => {
    const world = await startWorld({ rules: { requireRobots: true } })
    await world.post({ ...to, replyId: 'reply-1', text: 'hello' })

    const answer = await world.get('reply-1')

    expect(answer).toMatchObject({ status: 200, body: { status: 'failed', msgKeys: [] } })
    expect(Object.keys(answer.body)).toEqual(['replyId', 'status', 'msgKeys', 'sentSeq', 'calls'])
    expect(answer.headers.get('reply-failure')).toBe('refused')
  })

  it('takes an id that is percent-encoded, and a slash at the end', async () => {
    const world = await startWorld()
    await world.post({ ...to, replyId: 'a:b', text: 'hello' })

    expect(await world.get('a%3Ab')).toMatchObject({ status: 200, body: { replyId: 'a:b' } })
    expect(await world.get('a:b/')).toMatchObject({ status: 200, body: { replyId: 'a:b' } })
  })
})
