import { type Diagnosis, type Finding, isHealthy, type Verdict } from './finding.ts'

const marks: Readonly<Record<Verdict, string>> = { right: '✓', wrong: '✗', unknown: '?' }
const colours: Readonly<Record<Verdict, number>> = { right: 32, wrong: 31, unknown: 33 }

/** A finding for a terminal: its mark and title, then a line for each thing there is to say. */
export const printFinding = (finding: Finding, colour: boolean): string => {
  const { verdict, title, asked, heard, so, mend } = finding
  const mark = marks[verdict]
  const shown = colour ? `\u001b[${colours[verdict]}m${mark}\u001b[39m` : mark
  const lines = [line('asked', asked), line('heard', heard), line('so', so), line('mend', mend)]
  return [`${shown} ${title}`, ...lines.filter((one) => one !== undefined)].join('\n')
}

const line = (name: string, text: string | undefined): string | undefined =>
  text === undefined ? undefined : `    ${name.padEnd(7)}${text}`

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
    wrong === 0 ? 'All that is needed is right.' : `${things(wrong)} must be mended.`,
    ...(unknown > 0 ? [`${things(unknown)} nobody could tell (marked ?).`] : []),
  ].join('\n')
}

const things = (count: number): string => (count === 1 ? 'One thing' : `${count} things`)

/** The same for a program to read. */
export const asJson = (diagnosis: Diagnosis): string =>
  JSON.stringify({ healthy: isHealthy(diagnosis), ...diagnosis }, null, 2)
