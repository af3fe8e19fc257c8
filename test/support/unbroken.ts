import { textOfDelta } from '../../lib/core/conversation/source-delta.ts'
import type { Clock, ReplySource } from '../../lib/ports.ts'
import { type AnswerStart, unbrokenAnswer } from '../../lib/reply/unbroken-source.ts'
import { aTurn, hastyClock } from './source-world.ts'

/** Reads a source to its end as a worker does, which has it go on where it breaks off. */
export const readUnbroken = async (
  source: ReplySource,
  start: AnswerStart = { chars: 0 },
  clock: Clock = hastyClock,
): Promise<{ readonly text: string; readonly resumes: number }> => {
  let resumes = 0
  const { deltas } = unbrokenAnswer(
    {
      source,
      clock,
      random: () => 0,
      onResumed: () => {
        resumes += 1
      },
    },
    {
      turn: aTurn,
      history: [],
      signal: new AbortController().signal,
      reportUsage: () => {},
    },
    start,
  )
  let text = ''
  for await (const delta of deltas) text += textOfDelta(delta)
  return { text, resumes }
}
