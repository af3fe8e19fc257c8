import { type Diagnosis, type Finding, isHealthy, type Verdict } from './finding.ts'

const marks: Readonly<Record<Verdict, string>> = { right: '✓', wrong: '✗', unknown: '?' }
const colours: Readonly<Record<Verdict, number>> = { right: 32, wrong: 31, unknown: 33 }

/** A finding for a terminal: its mark and title, then a line for each thing there is to say. */
export const printFinding = (finding: Finding, colour: boolean): string => {
  const { verdict, title, asked, heard, so, mend } = finding
  const mark = marks[verdict]
  const shown = colour ? `\u001b[${colours[verdict]}m${mark}\u001b[39m` : mark
  const lines = [
    ...said('asked', asked),
    ...said('heard', heard),
    ...said('so', so),
    ...said('mend', mend),
  ]
  return [`${shown} ${title}`, ...lines].join('\n')
}

const WIDTH = 100
const INDENT = ' '.repeat(4)
const NAME_CHARS = 7

/** A name, and what is said under it; lines that go on stand under the text of the first. */
const said = (name: string, text: string | undefined): readonly string[] => {
  if (text === undefined) return []
  const lines = text
    .split('\n')
    .flatMap((line) => wrapped(line, WIDTH - INDENT.length - NAME_CHARS))
  return lines.map((line, index) => INDENT + (index === 0 ? name : '').padEnd(NAME_CHARS) + line)
}

/** Lines of at most `width` characters, broken at spaces; a longer word stands alone. */
const wrapped = (text: string, width: number): readonly string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** The settings that follow, and the last word. */
export const printSummary = (diagnosis: Diagnosis): string => {
  const settings = diagnosis.settings.map(({ name, value, now }) => {
    const setting = `    ${name}=${value}`
    return value === now ? `${setting}  (as it is)` : `${setting}  (now ${now})`
  })
  const wrong = diagnosis.findings.filter(({ verdict }) => verdict === 'wrong').length
  const unknown = diagnosis.findings.filter(({ verdict }) => verdict === 'unknown').length
  return [
    ...(settings.length > 0 ? ['Settings to use', ...settings, ''] : []),
    wrong === 0 ? 'All that is needed is right.' : `${things(wrong)} must be mended (marked ✗).`,
    ...(unknown > 0 ? [`${things(unknown)} could not be told (marked ?).`] : []),
  ].join('\n')
}

const things = (count: number): string => (count === 1 ? 'One thing' : `${count} things`)

/** The same for a program to read. */
export const asJson = (diagnosis: Diagnosis): string =>
  JSON.stringify({ healthy: isHealthy(diagnosis), ...diagnosis }, null, 2)
