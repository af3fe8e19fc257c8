import { describe, expect, it } from 'vitest'
import { parseMapped } from '../../lib/http/mapped-body.ts'
import { parseReplyOrder } from '../../lib/http/reply-order.ts'

const map = {
  from: '@RBT#shop',
  to: '$.data.inputs.user',
  text: '$.data.outputs.0.text',
  replyId: '$.data.id',
}
const parse = parseMapped(map, parseReplyOrder)

const finished = (changes: object = {}) => ({
  event: 'workflow_finished',
  data: { id: 'run-17', inputs: { user: 'alice' }, outputs: [{ text: 'Done.' }], ...changes },
})

describe('a body of another service', () => {
  it('is read from where the map says its fields stand', () => {
    expect(parse(finished())).toEqual({
      ok: true,
      value: {
        replyId: 'run-17',
        conversation: { from: '@RBT#shop', to: 'alice' },
        pieces: ['Done.'],
        piecewise: false,
      },
    })
  })

  it('is refused by the place of what is wrong with it', () => {
    expect(parse(finished({ inputs: {}, outputs: [{ text: 7 }] }))).toEqual({
      ok: false,
      error: [
        { path: 'data.inputs.user', message: 'is missing' },
        { path: 'data.outputs.0.text', message: 'must be a string' },
      ],
    })
    const wrong = parseMapped({ ...map, from: 'shop' }, parseReplyOrder)(finished())
    expect(wrong).toMatchObject({ ok: false, error: [{ path: 'from' }] })
  })

  it('that is a signed chunk of a pushed reply is refused, though it has all that the map asks for', () => {
    const plain = { from: '$.from', to: '$.to', text: '$.text', replyId: '$.replyId' }
    const chunk = { replyId: 'reply-1', seq: 3, text: 'the middle', from: '@RBT#shop', to: 'alice' }
    const { seq: _, ...whole } = chunk

    const mapped = parseMapped(plain, parseReplyOrder)

    expect(mapped(whole)).toMatchObject({ ok: true, value: { pieces: ['the middle'] } })
    expect(mapped(chunk)).toEqual({
      ok: false,
      error: [{ path: 'seq', message: expect.stringContaining('/replies/{replyId}/chunks') }],
    })
  })

  it.each([null, 'text', 7, [], {}, { data: null }, JSON.parse('{"__proto__":{"data":1}}')])(
    'that is nothing like it is refused: %j',
    (body) => {
      expect(parse(body).ok).toBe(false)
    },
  )

  it('gives nothing away that its object inherits', () => {
    const inherits = parseMapped({ ...map, text: '$.constructor.name' }, parseReplyOrder)

    expect(inherits(finished())).toMatchObject({
      ok: false,
      error: [{ path: 'constructor.name' }],
    })
  })
})
