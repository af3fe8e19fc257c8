/** The four kinds of values this table holds, as DynamoDB writes them. */
export type Attribute =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly BOOL: boolean }
  | { readonly SS: readonly string[] }

export type Item = Readonly<Record<string, Attribute>>

export const text = (value: string): Attribute => ({ S: value })
export const number = (value: number): Attribute => ({ N: String(value) })
/** A set: DynamoDB knows no empty one. */
export const texts = (values: readonly string[]): Attribute => ({ SS: values })
export const flag = (value: boolean): Attribute => ({ BOOL: value })

/** A value as JSON. Half a surrogate pair becomes an ASCII escape, which DynamoDB would not take otherwise. */
export const json = (value: unknown): Attribute => ({ S: JSON.stringify(value) })

const attributeOf = (
  item: Item,
  name: string,
): Partial<Record<'S' | 'N' | 'BOOL' | 'SS', unknown>> => item[name] ?? {}

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

/** In no order; empty where the attribute is absent. */
export const textsOf = (item: Item, name: string): readonly string[] => {
  const { SS } = attributeOf(item, name)
  return Array.isArray(SS) ? SS : []
}

/** False where the attribute is absent. */
export const flagOf = (item: Item, name: string): boolean => attributeOf(item, name).BOOL === true

/** What `json` stored; `undefined` where the attribute is absent. The caller vouches for `T`: it wrote the attribute. */
export const jsonOf = <T>(item: Item, name: string): T | undefined => {
  const encoded = textOf(item, name)
  return encoded === undefined ? undefined : (JSON.parse(encoded) as T)
}
