type Cell = string | number

/** A Markdown table; a column of figures stands to the right. */
export const tableOf = (head: readonly string[], rows: readonly (readonly Cell[])[]): string => {
  const line = (cells: readonly Cell[]) => `| ${cells.join(' | ')} |`
  const isFigure = (column: number) =>
    column > 0 && rows.every((row) => FIGURE.test(String(row[column] ?? '')))
  const rule = head.map((_, column) => (isFigure(column) ? '---:' : '---'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

/** A figure, or two with a slash between them, or a dash for none. */
const FIGURE = /^[\d,.\s/–-]*$/

/** A whole number with its thousands apart; a dash where there is none. */
export const figure = (value: number | null | undefined, digits = 0): string =>
  value === null || value === undefined || !Number.isFinite(value)
    ? '–'
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
