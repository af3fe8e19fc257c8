import type { Chance } from './random.ts'

const units: readonly (readonly string[])[] = [
  ['word ', 'longer-word ', 'a', '. ', '\n\n', '- item\n', '"quoted" ', 'back\\slash '],
  ['中文', '说明。', '、', '天气很好，', '\n'],
  ['👩‍🚀', '🇰🇷', 'é', '👍🏽', 'क्षि', ' ', '각'],
  ['plain line\n', '```js\n', 'const a = 1\n', '```\n', '\n', '~~~\ncode\n~~~\n', '`npm install` '],
  ['| a | b |\n', '<b>&amp;', '\t', '\u200d', '\u0301', '😀', ' \u00a0', '%7B'],
]

/** Texts of different replies that begin alike. */
const OPENING = 'Good morning! Here is what I found about your question. '

/** From one word to the most, of any script; `name` stands near its beginning and makes it differ from every other. */
export const anyText = (chance: Chance, name: string, mostBytes: number): string => {
  const alphabet = chance.oneOf(units)
  const wantedBytes = chance.oneOf([20, 200, 800, 800, 3_000, mostBytes])
  const parts = [chance.happens(0.3) ? OPENING : '', `[${name}] `]
  let bytes = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0)
  while (bytes < wantedBytes) {
    const unit = chance.oneOf(alphabet)
    parts.push(unit)
    bytes += Buffer.byteLength(unit)
  }
  return `${parts.join('')}end of ${name}`
}

/** The text cut anywhere, in the middle of a character too; no piece is empty. */
export const inPieces = (text: string, count: number, { whole }: Chance): readonly string[] => {
  const cuts = new Set(Array.from({ length: count - 1 }, () => whole(1, text.length - 1)))
  const places = [0, ...[...cuts].sort((a, b) => a - b), text.length]
  return places.slice(1).map((end, nth) => text.slice(places[nth], end))
}
