import { figure, tableOf } from '../markdown.ts'
import type { TextResult } from '../parts/text.ts'

/** What work on text costs, script by script. */
export const textSection = (text: TextResult | undefined): string | undefined =>
  text &&
  `## What text costs

CPU time in ms for 256 KiB of each script: pieces aligned to clusters, where the text is one piece, pieces of one character, and 38,000
pieces; text queued a character at a time and taken again, merged and piece by piece; all chunks planned; each message read back and
recognised; the state of fences after every character. Medians, in one process, with no call made.

${tableOf(
  ['', 'aligned', 'by character', '38,000', 'queued', 'planned', 'read back', 'fences'],
  text.scripts.map((script) => [
    script.script,
    figure(script.alignOneMs),
    figure(script.alignCharactersMs),
    figure(script.alignPiecesMs),
    figure(script.queueMs),
    figure(script.planMs),
    figure(script.matchMs),
    figure(script.fenceMs),
  ]),
)}

The slowest of ${text.expressions} regular expressions (\`${text.slowestExpression.place}\`) takes ${figure(
    text.slowestExpression.ms,
    1,
  )} ms for the worst of many hostile texts of 100,000 characters.`
