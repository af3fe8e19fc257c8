import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Said } from '../../../lib/adapters/sources/said.ts'
import { type ShowReasoning, showText } from '../../../lib/adapters/sources/shown-text.ts'

/** What a user is shown of this. */
const shownOf = (said: readonly Said[], show: ShowReasoning = 'hide'): string => {
  const shown = showText(show)
  return said.map((one) => shown.feed([one])).join('') + shown.end()
}

/** Pieces of one text, cut at these places. */
const cutAt = (text: string, places: readonly number[]): readonly string[] => {
  const cuts = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [0, ...cuts].map((from, index) => text.slice(from, cuts[index] ?? text.length))
}

const text = (...texts: readonly string[]): readonly Said[] =>
  texts.map((one) => ({ kind: 'text', text: one }))
const reasoning = (...texts: readonly string[]): readonly Said[] =>
  texts.map((one) => ({ kind: 'reasoning', text: one }))

const base64 = 'iVBORw0KGgo+/'.repeat(40)
const picture = `data:image/png;base64,${base64}==`

const answers: readonly (readonly [string, string, string])[] = [
  ['thoughts in tags before the answer', '<think>\nHm, 3 < 4.\n</think>\n\nYes.', 'Yes.'],
  ['blank lines before the tags', '\n \n<think>Hm.</think>Yes.', 'Yes.'],
  ['thoughts that are never closed', '<think>\nHm, let me see', ''],
  ['two thoughts in a row', '<think>Hm.</think>\n<think>Aha.</think>\nYes.', 'Yes.'],
  ['tags further on', 'Write <think>like this</think>.', 'Write <think>like this</think>.'],
  ['a closing tag alone', 'It ends with </think>.', 'It ends with </think>.'],
  ['the beginning of a tag', '<thin ice', '<thin ice'],
  ['an answer that is the beginning of a tag', '\n<thi', '\n<thi'],
  ['blank lines at the beginning', '\n\n1, 2, 3.', '\n\n1, 2, 3.'],
  ['a picture', `See: ${picture} Nice, is it not?`, 'See: [picture] Nice, is it not?'],
  ['a Markdown picture', `See ![a (red) dog](${picture})!`, 'See [picture]!'],
  ['two pictures', `![](${picture})![b](${picture})`, '[picture][picture]'],
  ['a picture that ends the answer', `Here: ${picture}`, 'Here: [picture]'],
  [
    'a small picture',
    'src="data:image/gif;base64,R0lGODlhAQ=="',
    'src="data:image/gif;base64,R0lGODlhAQ=="',
  ],
  [
    'a picture that lies elsewhere',
    'Hi! ![x](https://a.example/b.png)',
    'Hi! ![x](https://a.example/b.png)',
  ],
  ['words that begin like one', 'Hello! ![ and data: and d', 'Hello! ![ and data: and d'],
  [
    'base64 of something else',
    `data:text/plain;base64,${base64}`,
    `data:text/plain;base64,${base64}`,
  ],
]

describe('the text that is shown', () => {
  it.each(answers)('of %s is right, wherever its deltas are cut', (_, said, shown) => {
    fc.assert(
      fc.property(fc.array(fc.nat(said.length), { maxLength: 12 }), (places) => {
        expect(shownOf(text(...cutAt(said, places)))).toBe(shown)
      }),
    )
    expect(shownOf(text(...said))).toBe(shown)
  })

  it('is any text without thoughts and pictures as it is, with SHOW_REASONING=quote as well', () => {
    const pieces = fc.string({
      unit: fc.constantFrom('<', 'think>', '!', '[', ']', '(', 'd', 'ata:', ' ', '\n', 'é', '`'),
    })
    fc.assert(
      fc.property(
        pieces,
        fc.array(fc.nat(60)),
        fc.constantFrom('hide', 'quote'),
        (said, places, show) => {
          fc.pre(!said.trimStart().startsWith('<think>'))

          expect(shownOf(text(...cutAt(said, places)), show)).toBe(said)
        },
      ),
    )
  })

  it('holds back no more of a picture than tells it from an example', () => {
    const shown = showText('hide')

    expect(shown.feed(text(`A: ${picture}`))).toBe('A: [picture]')
    expect(shown.feed(text('A'.repeat(100_000)))).toBe('')
    expect(shown.feed(text(' B.'))).toBe(' B.')
  })

  it('is quick with a long answer of a few characters a delta', () => {
    const shown = showText('hide')
    const startMs = performance.now()
    for (let i = 0; i < 100_000; i += 1) shown.feed(text('d! [data'))

    expect(performance.now() - startMs).toBeLessThan(5_000)
  })
})

describe('reasoning', () => {
  const thought = 'First\n\n```js\nlet a\n\nand ~~~\n'

  it('is hidden, under whatever name it comes', () => {
    expect(shownOf([...reasoning('Hm.'), ...text('Yes.'), ...reasoning('Aha.')])).toBe('Yes.')
  })

  it('is quoted before the answer, closed before it begins, and opens no code there', () => {
    const quoted = '> First\n>\n> \\```js\n> let a\n>\n> and ~~~\n\nYes.'

    fc.assert(
      fc.property(fc.array(fc.nat(thought.length), { maxLength: 8 }), (places) => {
        const pieces = cutAt(thought, places)
        expect(shownOf([...reasoning(...pieces), ...text('Yes.')], 'quote')).toBe(quoted)
        expect(shownOf(text('<think>', ...pieces, '</think>\n', 'Yes.'), 'quote')).toBe(quoted)
      }),
    )
  })

  it('is not quoted once the answer has begun', () => {
    const said = [...reasoning('Hm.'), ...text('\n\nYes'), ...reasoning('Aha.'), ...text(', sir.')]

    expect(shownOf(said, 'quote')).toBe('> Hm.\n\nYes, sir.')
  })

  it('is quoted up to 4,000 characters', () => {
    const long = reasoning(...Array<string>(100).fill('word '.repeat(20)))

    const shown = shownOf([...long, ...text('Yes.')], 'quote')

    expect(shown).toBe(`> ${'word '.repeat(800)} …\n\nYes.`)
  })

  it('of blank lines alone leaves no quotation', () => {
    expect(shownOf([...reasoning('\n', ' \n'), ...text('Yes.')], 'quote')).toBe('Yes.')
  })

  it('is counted, so that it is not taken for what the model answered', () => {
    const shown = showText('quote')
    const all = shown.feed([...reasoning('Hm.'), ...text('Yes.')])

    expect(all.slice(shown.prefaceChars())).toBe('Yes.')
  })
})
