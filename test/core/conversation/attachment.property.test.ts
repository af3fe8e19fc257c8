import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ATTACHMENT_KINDS, parseAttachments } from '../../../lib/core/conversation/attachment.ts'
import { attachments } from '../../support/attachments.ts'

it('is read as it was written', () => {
  fc.assert(
    fc.property(attachments, (some) => {
      expect(parseAttachments(JSON.parse(JSON.stringify(some)))).toEqual(some)
    }),
  )
})

it('is left out where it is none, whatever stands beside it', () => {
  const stranger = fc.anything()
  fc.assert(
    fc.property(attachments, fc.array(stranger), (some, others) => {
      const read = parseAttachments([...some, ...others])

      expect(read.slice(0, some.length)).toEqual(some)
      for (const { kind } of read) expect(ATTACHMENT_KINDS).toContain(kind)
    }),
  )
  fc.assert(fc.property(stranger, (value) => Array.isArray(parseAttachments(value))))
})

it.each([
  { kind: 'image' },
  { kind: 'voice', url: 7 },
  { kind: 'location', latitude: 1 },
  { kind: 'sticker', index: '1' },
  { kind: 'stream', url: 'https://example.com' },
])('is none as %j', (value) => {
  expect(parseAttachments([value])).toEqual([])
})

it('has none of the fields that it should not have', () => {
  const sent = { kind: 'file', url: 'https://example.com/a', name: 7, bytes: 3, seconds: 4 }

  expect(parseAttachments([sent])).toEqual([
    { kind: 'file', url: 'https://example.com/a', bytes: 3 },
  ])
})
