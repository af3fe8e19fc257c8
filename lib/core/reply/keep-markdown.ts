import { shownTail } from '../text/open-markdown.ts'
import { type ChunkPlan, type Draft, planChunk } from './plan-chunk.ts'

/** The longest that text is kept back for its Markdown, in ms; less where a gap is shorter. */
const LONGEST_KEPT_MS = 1_000

/** What a writer knows of the Markdown that it keeps back. Plain data. */
export interface Keeping {
  /** The end of what the message shows, as far as this writer has written it. */
  readonly tail: string
  /** Text that was kept back when it might have gone: so much at the front of what is pending, and since when. */
  readonly kept?: { readonly chars: number; readonly sinceMs: number }
}

/** The next chunk, which ends before Markdown that is still open; `undefined` where there is nothing before that, or at all. */
export const smoothChunk = (
  draft: Draft,
  keeping: Keeping,
  minGapMs: number,
  nowMs: number,
): ChunkPlan | undefined => {
  const waited = keepMs(keeping, minGapMs, nowMs) > 0 ? 0 : (keeping.kept?.chars ?? 0)
  return planChunk({ ...draft, smooth: { tail: keeping.tail, waited } })
}

/** How much longer text may be kept back, in ms; of text that nothing has been kept of, the whole time. */
export const keepMs = ({ kept }: Keeping, minGapMs: number, nowMs: number): number =>
  Math.min(minGapMs, LONGEST_KEPT_MS) - (kept === undefined ? 0 : nowMs - kept.sinceMs)

/** Once so much text is kept back, from `nowMs` on unless some was before. */
export const keptBack = <State extends Keeping>(
  keeping: State,
  chars: number,
  nowMs: number,
): State => (keeping.kept === undefined ? { ...keeping, kept: { chars, sinceMs: nowMs } } : keeping)

/** After a chunk that started at `startedAtMs` and whose message goes on or not; some of what it keeps back may have been before. */
export const keepingAfter = (
  { tail, kept: before }: Keeping,
  { text, taken, kept = 0, reopen }: ChunkPlan,
  goesOn: boolean,
  startedAtMs: number,
): Keeping => {
  const shown = goesOn ? shownTail(tail, text) : reopen
  if (kept === 0) return { tail: shown }
  const wasBefore = before !== undefined && before.chars > taken
  return { tail: shown, kept: { chars: kept, sinceMs: wasBefore ? before.sinceMs : startedAtMs } }
}
