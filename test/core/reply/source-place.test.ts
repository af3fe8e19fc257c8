import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  markAt,
  marksFrom,
  newPart,
  type SourceMark,
  withMark,
} from '../../../lib/core/reply/source-place.ts'

const piece = fc.record({ text: fc.string({ maxLength: 9 }), isMarked: fc.boolean() })
const pieces = fc.array(piece, { maxLength: 200 })

/** Every place of a text that its source names, and how far the text goes there. */
const marksOf = (made: readonly { readonly text: string; readonly isMarked: boolean }[]) => {
  const marks: SourceMark[] = []
  let chars = 0
  for (const { text, isMarked } of made) {
    chars += text.length
    if (isMarked) marks.push({ cursor: `${marks.length}`, chars })
  }
  return marks
}

test('whoever goes on from the newest kept place and drops what is shown has the whole text, at any place', () => {
  fc.assert(
    fc.property(pieces, fc.array(fc.nat(2_000)), (made, looks) => {
      const text = made.map((one) => one.text).join('')
      let marks: readonly SourceMark[] = []
      let sent = 0
      for (const [nth, mark] of marksOf(made).entries()) {
        marks = withMark(marks, mark)
        sent = Math.min(Math.max(sent, looks[nth] ?? 0), mark.chars)
        marks = marksFrom(marks, sent)
        const at = markAt(marks, sent)

        expect(at === undefined || at.chars <= sent).toBe(true)
        if (at === undefined) continue
        const resumed = text.slice(at.chars)
        expect(text.slice(0, sent) + newPart(resumed, at.chars, sent)).toBe(text)
      }
    }),
  )
})

test('as long as few places wait to be sent, the newest one is found; of many, one is found and few are kept', () => {
  fc.assert(
    fc.property(pieces, fc.nat(2_000), (made, sent) => {
      const all = marksOf(made)
      const kept = all.reduce<readonly SourceMark[]>(withMark, [])
      const newest = all.findLast(({ chars }) => chars <= sent)

      expect(kept.length).toBeLessThanOrEqual(64)
      expect(kept.at(-1)).toEqual(all.at(-1))
      if (all.length <= 64) expect(markAt(kept, sent)).toEqual(newest)
      else expect(markAt(kept, sent) === undefined).toBe(newest === undefined)
    }),
  )
})
