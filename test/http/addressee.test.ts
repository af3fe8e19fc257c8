import { describe, expect, it } from 'vitest'
import { parsePushedChunk } from '../../lib/http/pushed-chunk.ts'
import { parseReplyOrder } from '../../lib/http/reply-order.ts'

const from = '@RBT#shop'
const group = '@TGS#2J4SZEAEL'
const intoGroup = { from, to: group, group: {} }
const pushed = (body: object) => parsePushedChunk(body, { namesReply: false })

describe('whom a reply is for', () => {
  it('is a user, or a group in their place', () => {
    expect(parseReplyOrder({ from, to: 'alice', text: 'Hi' })).toMatchObject({
      value: { conversation: { from, to: 'alice' } },
    })
    expect(parseReplyOrder({ from, group, text: 'Hi' })).toMatchObject({
      value: { conversation: intoGroup },
    })
    expect(pushed({ seq: 0, text: 'Hi', from, group })).toMatchObject({
      value: { chunk: { conversation: intoGroup } },
    })
  })

  it('is never both, and never nobody', () => {
    const both = [{ path: 'group', message: 'give either to (a user) or group (a GroupID)' }]
    const nobody = [{ path: 'to', message: 'is missing' }]

    expect(parseReplyOrder({ from, to: 'alice', group, text: 'Hi' })).toMatchObject({ error: both })
    expect(parseReplyOrder({ from, text: 'Hi' })).toMatchObject({ error: nobody })
    expect(pushed({ seq: 0, text: 'Hi', from, to: 'alice', group })).toMatchObject({ error: both })
    expect(pushed({ seq: 0, text: 'Hi', from })).toMatchObject({ error: nobody })
  })

  it('needs its bot as well, and may be left out of later chunks', () => {
    expect(pushed({ seq: 0, text: 'Hi', group })).toMatchObject({
      error: [{ path: 'from', message: 'is missing' }],
    })
    expect(pushed({ seq: 1, text: 'Hi' })).toMatchObject({ ok: true })
  })

  it.each(['', 'x'.repeat(101), 'a\nb', 7])('is no group by the name %j', (wrong) => {
    expect(parseReplyOrder({ from, group: wrong, text: 'Hi' })).toMatchObject({
      error: [{ path: 'group' }],
    })
  })
})
