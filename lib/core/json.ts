/** The value that a text holds as JSON; `undefined` where it is none. The error of JSON.parse would quote the text. */
export const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An object whose fields nobody has checked yet. */
export type Fields = Readonly<Record<string, unknown>>

const NONE: Fields = {}

/** True for an object, an array among them. */
export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null

/** The fields of an object; none for any other value. Not copied, since a source asks several times for each token. */
export const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : NONE)

/** A number or a text as text; empty for everything else, which a stranger may have made so that it has none. */
export const scalarText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''
