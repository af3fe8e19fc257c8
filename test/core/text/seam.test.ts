import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { repeatedEnd, repeatedPrefix, type Seam } from '../../../lib/core/text/seam.ts'

const fed = (seam: Seam, output: string, cuts: readonly number[]): string => {
  const ends = [...new Set([...cuts.map((cut) => cut % (output.length + 1)), output.length])]
  let shown = ''
  let from = 0
  for (const end of ends.sort((a, b) => a - b)) {
    shown += seam.feed(output.slice(from, end))
    from = end
  }
  return shown + seam.end()
}

/** Words that tell their own place, so that nothing in the text is repeated by chance. */
const words = (from: number, count: number): string =>
  Array.from({ length: count }, (_, at) => `w${from + at} `).join('')
const said = fc.integer({ min: 1, max: 300 }).map((count) => words(0, count))
const rest = fc.integer({ min: 0, max: 40 }).map((count) => words(1_000, count))
const cuts = fc.array(fc.nat(3_000), { maxLength: 12 })

describe('an output that repeats what a server was given', () => {
  it('loses all of it, or the last 200 characters, wherever the deltas cut it', () => {
    fc.assert(
      fc.property(said, rest, cuts, fc.boolean(), (before, next, at, whole) => {
        const repeated = whole ? before : before.slice(-200)
        expect(fed(repeatedPrefix(before), repeated + next, at)).toBe(next)
      }),
    )
  })

  it('keeps every character where the server repeats nothing, or only begins to', () => {
    fc.assert(
      fc.property(said, rest, cuts, fc.nat(199), (before, next, at, chars) => {
        const begun = before.slice(0, Math.min(chars, before.length - 1))
        const output = `${begun}#${next}`
        expect(fed(repeatedPrefix(before), output, at)).toBe(output)
      }),
    )
  })

  it('holds nothing back once it is plain that nothing is repeated', () => {
    const seam = repeatedPrefix('The tide')

    expect(seam.feed(' rises')).toBe(' rises')
  })
})

describe('an output of a model that was asked in words to go on', () => {
  it('loses what it repeats of the end, up to 400 characters of whole words', () => {
    fc.assert(
      fc.property(said, rest, cuts, fc.nat(60), (before, next, at, count) => {
        const last = before
          .split(/(?<= )/)
          .slice(-count - 1)
          .join('')
        fc.pre(last.length <= 400)
        expect(fed(repeatedEnd(before), last + next, at)).toBe(next)
      }),
    )
  })

  it('keeps every character where it repeats nothing', () => {
    fc.assert(
      fc.property(said, rest, cuts, (before, next, at) => {
        expect(fed(repeatedEnd(before), next, at)).toBe(next)
      }),
    )
  })

  it.each([
    ['It has be', 'en raining.', 'en raining.'],
    ['It has been', 'been raining.', ' raining.'],
    ['It costs 10', '0 euro.', '0 euro.'],
    ['潮汐每天来两次', '来两次，因为月亮。', '，因为月亮。'],
    ['她说谢', '谢你。', '谢你。'],
    ['The Stre', 'Streaming is on.', 'aming is on.'],
  ])('goes on behind "%s" with "%s" as "%s"', (before, output, shown) => {
    expect(fed(repeatedEnd(before), output, [])).toBe(shown)
  })
})
