import { Parser } from 'commonmark'
import { tests as examples } from 'commonmark-spec'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { advanceFence, isInFenceLine, NO_FENCE } from '../../../lib/core/text/fence.ts'

const parser = new Parser()
const PROBE = 'probe of the place'

/** Whether the reference parser takes a line of text for code of a fence where it follows `text`, which ends with a line. */
const reference = (text: string): boolean => {
  const walker = parser.parse(text + PROBE).walker()
  for (let step = walker.next(); step !== null; step = walker.next()) {
    const { type, literal, _isFenced } = step.node
    if (type === 'code_block' && literal?.includes(PROBE)) return _isFenced === true
  }
  return false
}

const own = (text: string): boolean => advanceFence(NO_FENCE, text).opener !== undefined

/** A text up to the end of each of its lines. */
const beginningsOf = (text: string): readonly string[] =>
  Array.from(text.matchAll(/\r\n?|\n/g), ({ index, 0: end }) => text.slice(0, index + end.length))

const fences = examples
  .filter(({ section }) => section === 'Fenced code blocks')
  .map(({ number, markdown }) => ({ number, text: markdown.replaceAll('→', '\t') }))

test('CommonMark has its 29 examples of fences', () => {
  expect(fences).toHaveLength(29)
})

test.each(fences)(
  'example $number is in a fence after the same lines as for the reference parser',
  ({ text }) => {
    const beginnings = beginningsOf(text)

    expect(beginnings.map(own)).toEqual(beginnings.map(reference))
  },
)

const run = fc
  .tuple(fc.constantFrom('`', '~'), fc.integer({ min: 1, max: 6 }))
  .map(([mark, length]) => mark.repeat(length))
const line = fc
  .tuple(
    fc.constantFrom('', '', '', ' ', '   ', '    ', '\t', ' \t'),
    fc.oneof(run, fc.constantFrom('', 'word', '`npm`')),
    fc.constantFrom('', '', ' ', ' \t ', 'js', ' js `x`', ' x ~', `py ${'long '.repeat(20)}`, '`'),
    fc.constantFrom('\n', '\n', '\n', '\r\n', '\r'),
  )
  .map((parts) => parts.join(''))
const document = fc.array(line, { maxLength: 12 }).map((lines) => lines.join(''))

describe('a text of any lines', () => {
  test('is in a fence after the same lines as for the reference parser', () => {
    fc.assert(
      fc.property(document, (text) => {
        const beginnings = beginningsOf(text)

        expect(beginnings.map(own)).toEqual(beginnings.map(reference))
      }),
      { numRuns: 2_000 },
    )
  })

  test('stands at the same place in however many parts it comes', () => {
    const cuts = fc.array(fc.nat(400), { maxLength: 12 })
    fc.assert(
      fc.property(document, cuts, (text, places) => {
        const ordered = [0, ...places.sort((a, b) => a - b), text.length]
        const parts = ordered.map((place, nth) => text.slice(ordered[nth - 1] ?? 0, place))

        expect(parts.reduce(advanceFence, NO_FENCE)).toEqual(advanceFence(NO_FENCE, text))
        expect([...text].reduce(advanceFence, NO_FENCE)).toEqual(advanceFence(NO_FENCE, text))
      }),
      { numRuns: 2_000 },
    )
  })

  test('keeps no more than a line of it', () => {
    fc.assert(
      fc.property(document, (text) => {
        const { opener = '', line: kept } = advanceFence(NO_FENCE, text)

        expect(opener.length).toBeLessThanOrEqual(64)
        expect(kept.length).toBeLessThanOrEqual(65)
      }),
    )
  })
})

const after = (text: string) => advanceFence(NO_FENCE, text)

test.each([
  ['`npm install` puts it there', false],
  ['~ 20 minutes', false],
  ['~~struck~~ out', false],
  ['``a`` b', false],
  ['``` a ``` b', false],
  ['    ```', false],
  ['```\ncode\n~~~', false],
  ['```\ncode\n```js', false],
  ['```\ncode\n`` ', false],
  ['`', true],
  ['  ~~', true],
  ['```js', true],
  ['~~~ a ` b', true],
  ['```\ncode\n``', true],
  ['```\ncode\n```` ', true],
])('%j may be cut unless it ends in a line that may become a fence', (text, isFence) => {
  expect(isInFenceLine(after(text))).toBe(isFence)
})

test('an opening line that is too long to be repeated is reopened with its first word', () => {
  expect(after(`\`\`\`js ${'x '.repeat(50)}\n`).opener).toBe('```js')
  expect(after(`~~~${'x'.repeat(100)}\n`).opener).toBe('~~~')
})

test('a state that was stored with the whole beginning of its line is gone on with', () => {
  const stored = (line: string, opener?: string) => ({ line, ...(opener ? { opener } : {}) })

  expect(advanceFence(stored('`npm install` puts'), ' it')).toEqual(after('`npm install` puts it'))
  expect(isInFenceLine(advanceFence(stored('`npm install` puts'), ''))).toBe(false)
  expect(advanceFence(stored('```js'), '\nx')).toEqual(after('```js\nx'))
  expect(advanceFence(stored('some code', '```js'), '\n```\n')).toEqual(NO_FENCE)
  expect(advanceFence(stored('x'.repeat(65)), '\n')).toEqual(NO_FENCE)
})
