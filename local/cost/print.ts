import { type BillLine, totalOf } from './bill.ts'
import { assumed, measured } from './figures.ts'
import type { CostOptions } from './options.ts'
import { modelPrices, type PriceName, prices } from './prices.ts'

const amount = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 })

const usd = (value: number): string =>
  value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** Cells beside each other, names to the left, figures to the right. */
const table = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const isName = (column: number) => column === 0 || column === 2
  return rows.map((row) =>
    row
      .map((cell, column) =>
        isName(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}

const isPrice = (name: string): name is PriceName => name in prices

const priced = ({ name, amount: much, unit, usd: costs }: BillLine): readonly string[] => {
  if (!isPrice(name)) return [name, amount(much), unit, '', usd(costs)]
  const { usd: each, per, unit: one, seen } = prices[name]
  const rate = per === 1 ? `${each} a ${one}` : `${each} for ${amount(per)}`
  return [name, amount(much), unit, `${rate} (${seen})`, usd(costs)]
}

/** A bill as lines of text: amount, price with its date, dollars. */
export const billText = (title: string, bill: readonly BillLine[]): readonly string[] => [
  title,
  ...table([...bill.map(priced), ['together', '', '', '', usd(totalOf(bill))]]).map(
    (line) => `  ${line}`,
  ),
]

/** What models would ask for the same turns. */
export const modelText = (turns: number, { seconds }: CostOptions): readonly string[] => {
  const tokensOut = Math.round((seconds / measured.textSeconds) * measured.tokens)
  const rows = modelPrices.map(({ model, inUsd, outUsd, seen }) => [
    model,
    '',
    `${inUsd} in, ${outUsd} out for a million tokens (${seen})`,
    usd((turns * (assumed.tokensIn * inUsd + tokensOut * outUsd)) / 1e6),
  ])
  const tokens = `${amount(assumed.tokensIn)} tokens in and ${amount(tokensOut)} out a turn`
  return [`Beside it, a model with ${tokens}`, ...table(rows).map((line) => `  ${line}`)]
}
