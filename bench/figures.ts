import { type Token, textOf } from '../test/support/texts.ts'
import type { LoggedCall } from './server/world.ts'
import { shownChars, shownText } from './shown-text.ts'
import { quantile, rounded } from './statistics.ts'

/** What one reply was like for its reader, from the server's log alone. Times in ms; `null` where the text never came. */
export interface Figures {
  readonly calls: number
  /** From the moment at which two clusters exist to the first text that is shown. */
  readonly firstTextMs: number | null
  /** From a token's making to the arrival of its last character, over all tokens. */
  readonly lagP50Ms: number | null
  readonly lagP95Ms: number | null
  /** The same over all characters: one that is held back delays its token's end, yet not the rest of the token. */
  readonly charLagP95Ms: number | null
  /** From the last token's making to the arrival of the text's end. */
  readonly lastLateMs: number | null
  /** Calls, but for the last, that came sooner after the one before than was promised; `null` where nothing is promised. */
  readonly gapViolations: number | null
  readonly closed: boolean
  readonly shownChars: number
  readonly textChars: number
  /** The longest time between two arrivals of text. */
  readonly longestSilenceMs: number
  /** Characters shown, each with the ms since the first token. */
  readonly curve: readonly (readonly [atMs: number, chars: number])[]
}

/** A call may be that much earlier than promised, by the jitter of two processes on one machine, in ms. */
const GAP_TOLERANCE_MS = 25

export const figuresOf = (
  calls: readonly LoggedCall[],
  tokens: readonly Token[],
  startedAtMs: number,
  gapMs: number | undefined,
): Figures => {
  const text = textOf(tokens)
  const curve = curveOf(calls, text, startedAtMs)
  const lags = lagsOf(curve, tokens)
  const arrivals = curve.map(([atMs]) => atMs)
  return {
    calls: calls.length,
    firstTextMs: finite((arrivals[0] ?? Number.NaN) - twoClustersAtMs(tokens)),
    lagP50Ms: finite(quantile(lags, 0.5)),
    lagP95Ms: finite(quantile(lags, 0.95)),
    charLagP95Ms: finite(quantile(lagsOf(curve, charactersOf(tokens)), 0.95)),
    lastLateMs: finite(lags.at(-1) ?? Number.NaN),
    gapViolations: gapMs === undefined ? null : gapViolations(calls, gapMs),
    closed: calls.some(({ closes, appliedAtMs }) => closes && appliedAtMs !== undefined),
    shownChars: curve.at(-1)?.[1] ?? 0,
    textChars: text.length,
    longestSilenceMs: Math.max(0, ...arrivals.map((atMs, nth) => atMs - (arrivals[nth - 1] ?? 0))),
    curve,
  }
}

/** How old each token was when its last character arrived, in ms. */
export const tokenLags = (
  calls: readonly LoggedCall[],
  tokens: readonly Token[],
  startedAtMs: number,
): readonly number[] => lagsOf(curveOf(calls, textOf(tokens), startedAtMs), tokens)

const finite = (value: number): number | null => (Number.isFinite(value) ? rounded(value, 1) : null)

const curveOf = (calls: readonly LoggedCall[], text: string, startedAtMs: number) => {
  const shown = shownText()
  const curve: [number, number][] = []
  for (const call of calls.toSorted((a, b) => (a.appliedAtMs ?? 0) - (b.appliedAtMs ?? 0))) {
    const chars = shownChars(text, shown.after(call))
    const before = curve.at(-1)?.[1] ?? 0
    if (call.appliedAtMs !== undefined && chars > before) {
      curve.push([call.appliedAtMs - startedAtMs, chars])
    }
  }
  return curve
}

const lagsOf = (curve: Figures['curve'], tokens: readonly Token[]): readonly number[] => {
  let end = 0
  let at = 0
  return tokens.map(({ t, text }) => {
    end += text.length
    while ((curve[at]?.[1] ?? Number.POSITIVE_INFINITY) < end) at += 1
    return (curve[at]?.[0] ?? Number.POSITIVE_INFINITY) - t
  })
}

const charactersOf = (tokens: readonly Token[]): readonly Token[] =>
  tokens.flatMap(({ t, text }) => text.split('').map((unit) => ({ t, text: unit })))

const gapViolations = (calls: readonly LoggedCall[], gapMs: number): number =>
  calls.filter(({ startedAtMs, closes }, nth) => {
    const before = calls[nth - 1]?.startedAtMs
    return before !== undefined && !closes && startedAtMs - before < gapMs - GAP_TOLERANCE_MS
  }).length

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** When a second cluster begins: until then the first one may still change. */
const twoClustersAtMs = (tokens: readonly Token[]): number => {
  let text = ''
  for (const token of tokens) {
    text += token.text
    if ([...segmenter.segment(text)].length > 1) return token.t
  }
  return tokens.at(-1)?.t ?? 0
}
