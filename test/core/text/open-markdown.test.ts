import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { advanceFence, NO_FENCE } from '../../../lib/core/text/fence.ts'
import { clusterBoundaryAt } from '../../../lib/core/text/graphemes.ts'
import { beforeOpenMarkdown, shownTail } from '../../../lib/core/text/open-markdown.ts'

const shown = (text: string) => ({ fence: advanceFence(NO_FENCE, text), tail: shownTail('', text) })

/** What a chunk of `pending` holds where its last character is still kept in hand, after `before` has been shown. */
const chunkOf = (pending: string, before = '', waited = 0): string =>
  pending.slice(0, beforeOpenMarkdown(shown(before), pending, pending.length - 1, waited))

describe('a chunk ends before Markdown that is open', () => {
  test.each([
    ['strong words', 'It is **very impor', 'It is '],
    ['strong words whose marks are cut', 'It is **', 'It is '],
    ['strong words that half of their marks close', 'It is **very** im', 'It is **very** i'],
    ['the second star of what closes', 'It is **very**', 'It is '],
    ['one star', 'It is *very impor', 'It is '],
    ['three stars, of which two are closed', 'It is ***very** impor', 'It is '],
    ['code', 'Call `print(', 'Call '],
    ['code with two backticks', 'Call ``a`b` c', 'Call '],
    ['a link in its text', 'See [the doc', 'See '],
    ['a link before its address', 'See [the docs](', 'See '],
    ['a link in its address', 'See [the docs](https://exam', 'See '],
    ['a picture', 'See ![the tide](https://exam', 'See '],
    ['strong words in a link', 'See [the **docs', 'See '],
    ['a link in strong words', 'See **the [docs](htt', 'See '],
    ['a row of a table', 'All:\n| cause | sh', 'All:\n'],
    ["a heading's marks", 'All.\n\n## ', 'All.\n\n'],
    ["a heading's first word", 'All.\n\n## Whyev', 'All.\n\n'],
    ['the item of a list', '- one\n- **two', '- one\n- '],
  ])('%s', (_, pending, chunk) => {
    expect(chunkOf(pending)).toBe(chunk)
  })
})

describe('a chunk goes as far as it may', () => {
  test.each([
    ['behind strong words', 'It is **very important** now'],
    ['behind both kinds of stars', '***Very** important* now'],
    ['behind code', 'Call `print(**x)` now'],
    ['behind a link, and parentheses in it', 'See [the docs](https://a.example/b_(c)) now'],
    ['between stars that multiply', 'That is 2 * 3 * 4'],
    ['behind the star of a list', '* one and mo'],
    ['behind an escaped star', 'Type \\*this'],
    ['in brackets that are no link', 'See [1] and mo'],
    ['behind a bracket that nothing opened', 'x](https'],
    ['inside of a code block', '```js\nconst a = b ** c'],
    ['on the line that opens a code block', '```js'],
    ['behind a heading\u2019s first word', '## Why the tid'],
    ['behind a heading\u2019s first character of a language without spaces', '## 潮汐每'],
    ['where an earlier line is open', 'It is **very\nimpor'],
    ['in a row of a table that is long by now', '| cause of the tide | sh'],
  ])('%s', (_, pending) => {
    expect(chunkOf(pending)).toBe(pending.slice(0, -1))
  })

  test('where it opened in text that has been kept back once', () => {
    expect(chunkOf('**very important', '', 0)).toBe('')
    expect(chunkOf('**very important', '', 1)).toBe('**very importan')
    expect(chunkOf('**very *important', '', 1)).toBe('**very ')
  })

  test('where it opened in text that is shown', () => {
    expect(chunkOf('important** no', 'It is **very ')).toBe('important** n')
    expect(chunkOf('important', 'It is **very ')).toBe('importan')
    expect(chunkOf('x ** y', '```js\n')).toBe('x ** ')
    expect(chunkOf('1)` and **mo', 'Call `print(')).toBe('1)` and ')
  })

  test('where more than 120 characters would be kept back', () => {
    expect(chunkOf(`a **${'b'.repeat(119)}`)).toBe('a ')
    expect(chunkOf(`a **${'b'.repeat(120)}`)).toBe(`a **${'b'.repeat(119)}`)
  })
})

const unit = fc.constantFrom(
  ...['*', '**', '`', '```', '[', '](', ')', '!', '|', '#', '##', ' ', '\n', 'a', 'word', '.'],
  ...['\\', '中', '👩‍🚀', '\u0301', '\u200d', '\u0600', '~~~', '_', '(', '- ', '> '],
)
const texts = fc.string({ unit, maxLength: 60 })
const place = fc.record({
  before: texts,
  pending: texts,
  heldBack: fc.nat(3),
  waited: fc.nat(60),
})

describe('wherever a chunk ends', () => {
  test('it keeps back at most 120 characters, none of which were before, and cuts no cluster', () => {
    fc.assert(
      fc.property(place, ({ before, pending, heldBack, waited }) => {
        const end = clusterBoundaryAt(pending, pending.length - heldBack)

        const cut = beforeOpenMarkdown(shown(before), pending, end, waited)

        expect(cut).toBeLessThanOrEqual(end)
        expect(end - cut).toBeLessThanOrEqual(120)
        if (cut < end) {
          expect(cut).toBeGreaterThanOrEqual(waited)
          expect(pending.slice(cut)).toMatch(/^(?:[*`[]|!\[| {0,3}[#|])/)
          const whole = before + pending
          expect(clusterBoundaryAt(whole, before.length + cut)).toBe(before.length + cut)
        }
      }),
      { numRuns: 3_000 },
    )
  })

  test('nothing is kept back twice', () => {
    fc.assert(
      fc.property(place, ({ before, pending }) => {
        expect(beforeOpenMarkdown(shown(before), pending, pending.length, pending.length)).toBe(
          pending.length,
        )
      }),
    )
  })

  test('text behind it that closes nothing changes nothing', () => {
    fc.assert(
      fc.property(texts, texts, (before, pending) => {
        const cut = beforeOpenMarkdown(shown(before), `${pending} a`, pending.length, 0)

        expect(beforeOpenMarkdown(shown(before), `${pending} abc`, pending.length, 0)).toBe(cut)
      }),
    )
  })

  test.each(['*', '`', '[', '](', '**a ', '`a``b', '[a](', '[a]', '![', '| a ', '\\', '# '])(
    'a line of a quarter of a million characters takes no more than a moment: %s',
    (marks) => {
      const line = marks.repeat(Math.ceil(262_144 / marks.length))
      const startMs = performance.now()

      beforeOpenMarkdown(shown(''), line, line.length - 1, 0)

      // Work that grew with the square would take minutes.
      expect(performance.now() - startMs).toBeLessThan(2_000)
    },
  )
})
