import { afterEach, describe, expect, it, vi } from 'vitest'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { NewReply } from '../../lib/core/reply/record.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { bot, user } from '../support/replies-world.ts'
import { serviceWorlds } from '../support/service-world.ts'
import { cutInto, traceText } from '../support/texts.ts'

const startWorld = serviceWorlds()
afterEach(() => vi.restoreAllMocks())

const to = { from: bot, to: user }
const text = traceText('english-60').slice(0, 600)

/** A whole reply as a writer leaves it that died before its first call. */
const orphan = (name: string): NewReply => ({
  replyId: name as ReplyId,
  kind: 'whole',
  conversation: { from: bot, to: `user-${name}` },
  createdAtMs: Date.now() - 60_000,
  progress: unsentProgress(Date.now() - 60_000),
  pieces: cutInto(text, 6),
  piecewise: true,
})

const pushPath = { path: '/replies/reply-1/chunks' }

describe('the sweeper', () => {
  it('goes on with many replies at once, found by queries of the index', async () => {
    const world = await startWorld({ latencyMs: 40, env: { MIN_GAP_MS: '100' } })
    const names = Array.from({ length: 30 }, (_, index) => `orphan-${index}`)
    for (const name of names) await world.store.begin(orphan(name), Date.now() - 5_000)
    const sweep = await world.sweeper()
    const before = world.table.requests.length

    await sweep()
    // On a busy machine a reply may not be done within its part of the sweep.
    await world.drain()

    for (const name of names) world.expectShown(`user-${name}`, text)
    const firstEndMs = Math.min(
      ...world.sends().flatMap(({ finish, endedAtMs }) => (finish ? [endedAtMs ?? 0] : [])),
    )
    const begunBefore = world
      .sends()
      .filter(({ msgKey, startedAtMs }) => msgKey !== undefined && startedAtMs < firstEndMs)
    expect(new Set(begunBefore.map((send) => send.to)).size).toBeGreaterThanOrEqual(20)
    const queries = world.table.requests
      .slice(before)
      .filter(({ operation }) => operation === 'Query')
    expect(queries.map(({ body }) => body)).toMatchObject(
      ['open', 'open', 'tried', 'unsettled'].map((group) => ({
        IndexName: 'orphans',
        ExpressionAttributeValues: { ':group': { S: group } },
      })),
    )
  })

  it('leaves a reply alone that somebody is writing', async () => {
    const world = await startWorld({ env: { MIN_GAP_MS: '100' } })
    const { post } = await world.replies()
    const sweep = await world.sweeper()

    const sending = post({ ...to, replyId: 'reply-1', chunks: cutInto(text, 8) })
    await expect.poll(() => world.shownTo(user)).toHaveLength(1)
    await sweep()
    const answer = await sending

    expect(answer).toMatchObject({ status: 200, body: { status: 'finished', calls: 8 } })
    world.expectShown(user, text)
  })

  it('sends the chunks that were pushed to a writer that died', async () => {
    const world = await startWorld()
    const replyId = 'reply-1' as ReplyId
    const past = { nowMs: Date.now() - 20_000, leaseUntilMs: Date.now() - 5_000 }
    const first = { seq: 0, text: 'Hello ', finish: false, conversation: to }
    await world.store.pushChunk(replyId, first, past)
    await world.store.pushChunk(replyId, { seq: 1, text: 'there', finish: true }, past)
    const { get } = await world.replies()
    const sweep = await world.sweeper()

    await sweep()

    world.expectShown(user, 'Hello there')
    expect(await get(replyId)).toMatchObject({ body: { status: 'finished', sentSeq: 1 } })
  })

  it('closes a pushed reply with a notice when a chunk has been missing for a minute', async () => {
    const world = await startWorld({ env: { NOTICE_FAILED: '(broke off)' } })
    const { post, get } = await world.replies()
    await post({ ...to, seq: 0, text: 'Hello ' }, pushPath)
    await post({ seq: 2, text: 'everybody', finish: true }, pushPath)
    await world.age('reply-1', 61)
    const sweep = await world.sweeper()

    await sweep()

    expect(world.textTo(user)).toMatch(/^Hello\s+\(broke off\)$/)
    world.expectShown(user, world.textTo(user))
    expect(await get('reply-1')).toMatchObject({ body: { status: 'failed', sentSeq: 0 } })
    expect(await post({ seq: 1, text: 'there' }, pushPath)).toMatchObject({ status: 409 })
  })

  it('gives a pushed reply that minute', async () => {
    const world = await startWorld()
    const { post } = await world.replies()
    await post({ ...to, seq: 0, text: 'Hello ' }, pushPath)
    await world.age('reply-1', 50)
    const sweep = await world.sweeper()

    await sweep()
    const last = await post({ seq: 1, text: 'there', finish: true }, pushPath)

    expect(last).toMatchObject({ status: 200, body: { status: 'finished' } })
    world.expectShown(user, 'Hello there')
  })

  it('ends a pushed reply of which nobody ever said to whom it goes', async () => {
    const world = await startWorld()
    const { post, get } = await world.replies()
    await post({ seq: 1, text: 'there', finish: true }, pushPath)
    await world.age('reply-1', 61)
    const sweep = await world.sweeper()

    await sweep()

    expect(await get('reply-1')).toMatchObject({ body: { status: 'failed', msgKeys: [] } })
    expect(world.sends()).toEqual([])
  })
})

describe('POST /replies/{replyId}/cancel', () => {
  const cancel = (
    { ask }: Awaited<ReturnType<Awaited<ReturnType<typeof startWorld>>['replies']>>,
    replyId = 'reply-1',
  ) => ask({ path: `/replies/${replyId}/cancel` })

  it('closes a reply that another sandbox is writing with its next call', async () => {
    const world = await startWorld({ latencyMs: 40, env: { MIN_GAP_MS: '200' } })
    const [writing, other] = [await world.replies(), await world.replies()]
    const sending = writing.post({ ...to, replyId: 'reply-1', text, charsPerSecond: 150 })
    await expect.poll(() => world.sends().length, { interval: 5 }).toBe(3)

    const cancelled = await cancel(other)
    const sentBefore = world.sends().length
    const answer = await sending

    expect(cancelled).toMatchObject({ status: 202, body: { replyId: 'reply-1', status: 'open' } })
    // The call whose progress write brings the news, and the one that closes the message.
    expect(world.sends().length - sentBefore).toBeLessThanOrEqual(2)
    expect(answer).toMatchObject({ status: 200, body: { status: 'interrupted' } })
    const shown = world.textTo(user)
    expect(text.startsWith(shown)).toBe(true)
    expect(shown.length).toBeLessThan(200)
    world.expectShown(user, shown)
  })

  it('closes a pushed reply that nobody is writing', async () => {
    const world = await startWorld()
    const replies = await world.replies()
    await replies.post({ ...to, seq: 0, text: 'Hello' }, pushPath)

    const answer = await cancel(replies)

    expect(answer).toMatchObject({ status: 202, body: { status: 'interrupted' } })
    world.expectShown(user, 'Hello')
    expect(await replies.post({ seq: 1, text: ' there' }, pushPath)).toMatchObject({ status: 409 })
  })

  it('ends a reply that still waits in the queue', async () => {
    const world = await startWorld()
    const replies = await world.replies()
    const body = { ...to, replyId: 'reply-1', text }
    const headers = {
      authorization: `Bearer ${world.env['REPLIES_API_TOKEN']}`,
      prefer: 'respond-async',
    }
    await replies.post(body, { headers })

    const answer = await cancel(replies)
    await world.drain()

    expect(answer).toMatchObject({ status: 202, body: { status: 'interrupted' } })
    world.expectShown(user, world.textTo(user))
    expect(world.textTo(user).length).toBeLessThan(100)
  })

  it('changes nothing of a reply that has ended', async () => {
    const world = await startWorld()
    const replies = await world.replies()
    const sent = await replies.post({ ...to, replyId: 'reply-1', text: 'Hello' })

    const answer = await cancel(replies)

    expect(answer).toMatchObject({ status: 202, body: sent.body })
    expect(await replies.get('reply-1')).toMatchObject({ body: { status: 'finished' } })
    world.expectShown(user, 'Hello')
  })

  it('knows no reply that nobody began', async () => {
    const world = await startWorld()

    expect(await cancel(await world.replies())).toMatchObject({
      status: 404,
      body: { detail: 'no such reply', replyId: 'reply-1' },
    })
  })
})
