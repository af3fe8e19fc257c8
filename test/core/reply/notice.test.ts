import { expect, it } from 'vitest'
import { digest } from '../../../lib/adapters/runtime/digest.ts'
import { DEFAULT_NOTICES, noticeAfter } from '../../../lib/core/reply/notice.ts'
import { isMadeOfOther, orderHash } from '../../../lib/core/reply/order-hash.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { isReserved, parseReplyId } from '../../../lib/core/reply/reply-id.ts'
import { TextBrokenOff } from '../../../lib/core/reply/text-broken-off.ts'
import { advanceFence, NO_FENCE } from '../../../lib/core/text/fence.ts'
import { EMPTY_HASH, hashText } from '../../../lib/core/text/text-hash.ts'

it('a notice stands in a paragraph of its own, outside of any code', () => {
  const { failed } = DEFAULT_NOTICES
  const inCode = advanceFence(NO_FENCE, '```js\nlet a')

  expect(noticeAfter(NO_FENCE, true, failed)).toBe(`\n\n${failed}`)
  expect(noticeAfter(NO_FENCE, false, failed)).toBe(failed)
  expect(noticeAfter(inCode, true, failed)).toBe(`\n\`\`\`\n\n${failed}`)
})

it('each notice is a short remark in brackets, and no two are alike', () => {
  const notices = Object.values(DEFAULT_NOTICES)

  expect(notices.filter((notice) => !/^\(.{4,98}\)$/.test(notice))).toEqual([])
  expect(new Set(notices).size).toBe(notices.length)
})

it('orders are told apart by text, chunks and rate', () => {
  const order = { pieces: ['a', 'b'], piecewise: true, charsPerSecond: 5 }
  const others = [
    { ...order, pieces: ['ab'] },
    { ...order, piecewise: false },
    { ...order, charsPerSecond: 6 },
    { pieces: order.pieces, piecewise: true },
  ]

  const hash = (of: typeof order | (typeof others)[number]) => orderHash(of, digest)
  expect(hash({ ...order })).toBe(hash(order))
  expect(new Set([order, ...others].map(hash)).size).toBe(5)
  expect(hash({ ...order, charsPerSecond: 0 })).toBe(
    hash({ pieces: order.pieces, piecewise: true }),
  )
  expect(hash(order)).toMatch(/^[0-9a-f]{64}$/)
})

it('a reply is made of something else where its record says so', () => {
  const order = { pieces: ['a'], piecewise: false }
  const of = (own: string | undefined) => {
    const record = { kind: 'whole', ...(own === undefined ? {} : { orderHash: own }) } as const
    return isMadeOfOther(record, order, 'asked')
  }

  expect(of('asked')).toBe(false)
  expect(of('other')).toBe(true)
  expect(of(undefined)).toBe(false)
  expect(isMadeOfOther({ kind: 'pushed', orderHash: 'asked' }, order, 'asked')).toBe(true)
})

it('a record of an earlier version is known by the hash of that version', () => {
  const order = { pieces: ['a', 'b'], piecewise: true, charsPerSecond: 5 }
  const earlier = hashText(EMPTY_HASH, '[true,5,["a","b"]]')
  const record = { kind: 'whole', orderHash: earlier } as const

  expect(isMadeOfOther(record, order, orderHash(order, digest))).toBe(false)
  expect(isMadeOfOther(record, { ...order, pieces: ['b'] }, 'asked')).toBe(true)
})

it.each(['a', 'A-Z_0.9:x', 'x'.repeat(128)])('a reply may be named %s', (name) => {
  expect(parseReplyId(name)).toBe(name)
})

it.each(['', 'a b', 'ä', 'a/b', ' a', 'a\n', 'x'.repeat(129)])(
  'a reply may not be named %o',
  (name) => {
    expect(parseReplyId(name)).toBeUndefined()
  },
)

it('names of the service itself are no names for others', () => {
  const reserved = (name: string) => isReserved(name as ReplyId)

  expect(reserved('turn:1_2_3')).toBe(true)
  expect(reserved('webhook:1')).toBe(true)
  expect(reserved('my-turn:1')).toBe(false)
  expect(reserved('turned')).toBe(false)
})

it('a text that breaks off carries its reason', () => {
  const failure = { reason: 'source-failed', detail: 'The model went away.' } as const

  const error = new TextBrokenOff(failure)

  expect(error.failure).toBe(failure)
  expect(error.message).toBe('The model went away.')
})
