/** A Markdown table; the first column is text, all others are figures. */
export const tableOf = (
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string => {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, nth) => (nth === 0 ? '---' : '---:'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

/** A whole number with its thousands apart; a dash where there is none. */
export const figure = (value: number | null | undefined, digits = 0): string =>
  value === null || value === undefined || !Number.isFinite(value)
    ? '–'
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
