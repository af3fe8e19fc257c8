import { writeSync } from 'node:fs'

/** Prints a measured figure past whatever keeps the output of a test. */
export const printFigure = (line: string): void => {
  writeSync(1, `  ${line}\n`)
}

/** The least value that so many percent of all are not above. */
export const percentile = (values: readonly number[], percent: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN
}
