import { deliveryWorld } from '../../test/support/delivery-world.ts'
import { seededRandom } from '../../test/support/rate-limit-world.ts'
import type { Token } from '../../test/support/texts.ts'
import type { Context } from '../context.ts'

export interface GapsResult {
  readonly runs: number
  readonly calls: number
  /** Calls, but for the last of a reply, that started sooner after the one before than `MIN_GAP_MS`. */
  readonly gapViolations: number
  /** Replies whose message was not the text, exactly and closed. */
  readonly wrongTexts: number
}

const GAPS_MS = [0, 50, 200, 300, 500]
const WORDS = [
  'a',
  'word ',
  'longer-word ',
  '. ',
  '\n\n',
  '中文',
  '👩‍🚀',
  '🇰🇷',
  'é',
  '```js\n',
  '\n```\n',
]

/** Random texts at random speeds over random distances, each call another one, in virtual time. */
export const gaps = async (context: Context): Promise<GapsResult> => {
  const runs = context.mode === 'quick' ? 1_000 : 10_000
  const random = seededRandom(7)
  const whole = (below: number) => Math.floor(random() * below)
  let [calls, gapViolations, wrongTexts] = [0, 0, 0]
  for (let run = 0; run < runs; run += 1) {
    const tokens = randomTokens(random, whole)
    const minGapMs = GAPS_MS[run % GAPS_MS.length] ?? 0
    const farMs = 20 + whole(600)
    const world = deliveryWorld({ latencyMs: () => 5 + whole(farMs) })
    await world.run(world.deliver(world.play(tokens), { minGapMs }))
    const starts = world.sends().map(({ startedAtMs }) => startedAtMs)
    calls += starts.length
    gapViolations += starts.filter((atMs, nth) => {
      const before = starts[nth - 1]
      return before !== undefined && nth < starts.length - 1 && atMs - before < minGapMs
    }).length
    const exact = world.text() === tokens.map(({ text }) => text).join('')
    if (!exact || !world.shown().every(({ finished }) => finished)) wrongTexts += 1
  }
  context.say(`${runs} random runs in virtual time`)
  return { runs, calls, gapViolations, wrongTexts }
}

const randomTokens = (random: () => number, whole: (below: number) => number): readonly Token[] => {
  const meanMs = 2 + whole(80)
  let t = 0
  return Array.from({ length: 2 + whole(60) }, () => {
    t += Math.round(-Math.log(1 - random()) * meanMs)
    return { t, text: WORDS[whole(WORDS.length)] ?? '' }
  })
}
