/** The three kinds of values this table holds, as DynamoDB writes them. */
export type Attribute = { readonly S: string } | { readonly N: string } | { readonly BOOL: boolean }

export type Item = Readonly<Record<string, Attribute>>

export const text = (value: string): Attribute => ({ S: value })
export const number = (value: number): Attribute => ({ N: String(value) })
export const flag = (value: boolean): Attribute => ({ BOOL: value })

/** A value as JSON. Half a surrogate pair becomes an ASCII escape, which DynamoDB would not take otherwise. */
export const json = (value: unknown): Attribute => ({ S: JSON.stringify(value) })

const attributeOf = (item: Item, name: string): Partial<Record<'S' | 'N' | 'BOOL', unknown>> =>
  item[name] ?? {}

/** `undefined` where the attribute is absent or of another kind. */
export const textOf = (item: Item, name: string): string | undefined => {
  const { S } = attributeOf(item, name)
  return typeof S === 'string' ? S : undefined
}

/** `undefined` where the attribute is absent or of another kind. */
export const numberOf = (item: Item, name: string): number | undefined => {
  const { N } = attributeOf(item, name)
  return typeof N === 'string' ? Number(N) : undefined
}

/** False where the attribute is absent. */
export const flagOf = (item: Item, name: string): boolean => attributeOf(item, name).BOOL === true

/** What `json` stored; `undefined` where the attribute is absent. The caller vouches for `T`: it wrote the attribute. */
export const jsonOf = <T>(item: Item, name: string): T | undefined => {
  const encoded = textOf(item, name)
  return encoded === undefined ? undefined : (JSON.parse(encoded) as T)
}
