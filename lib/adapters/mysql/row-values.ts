import type { Columns } from './session.ts'

/** `undefined` where the column is empty or holds something else. */
export const textIn = (row: Columns, name: string): string | undefined => {
  const value = row[name]
  return typeof value === 'string' ? value : undefined
}

/** `undefined` where the column is empty or holds something else. */
export const numberIn = (row: Columns, name: string): number | undefined => {
  const value = row[name]
  return typeof value === 'number' ? value : undefined
}

/** What `JSON.stringify` wrote to a column. The caller vouches for `T`: it wrote the row. Throws where it is broken. */
export const jsonIn = <T>(row: Columns, name: string): T | undefined => {
  const encoded = textIn(row, name)
  return encoded === undefined ? undefined : (JSON.parse(encoded) as T)
}
