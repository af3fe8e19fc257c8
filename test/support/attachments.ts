import fc from 'fast-check'
import type { Attachment } from '../../lib/core/conversation/attachment.ts'

const url = fc.webUrl()
const count = fc.nat()
/** Some of these fields, or all. */
const some = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] })
const kind = <K extends Attachment['kind']>(name: K) => fc.constant(name)

/** Any attachments that a turn may carry. */
export const attachments: fc.Arbitrary<readonly Attachment[]> = fc.array(
  fc.oneof(
    fc
      .tuple(
        fc.record({ kind: kind('image'), url }),
        some({ width: count, height: count, bytes: count }),
      )
      .map(([needed, more]) => ({ ...needed, ...more })),
    fc
      .tuple(
        fc.record({ kind: fc.constantFrom<'voice' | 'video'>('voice', 'video'), url }),
        some({ seconds: count, bytes: count }),
      )
      .map(([needed, more]) => ({ ...needed, ...more })),
    fc
      .tuple(fc.record({ kind: kind('file'), url }), some({ name: fc.string(), bytes: count }))
      .map(([needed, more]) => ({ ...needed, ...more })),
    fc
      .tuple(
        fc.record({ kind: kind('location'), latitude: count, longitude: count }),
        some({ description: fc.string() }),
      )
      .map(([needed, more]) => ({ ...needed, ...more })),
    fc
      .tuple(fc.record({ kind: kind('sticker'), index: count }), some({ data: fc.string() }))
      .map(([needed, more]) => ({ ...needed, ...more })),
  ) as fc.Arbitrary<Attachment>,
)
