type Fields = Readonly<Record<string, unknown>>

const NONE: Fields = {}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/** The fields of an object, none for any other value: not copied, since it is asked several times for each token. */
export const fieldsIn = (value: unknown): Fields => (isObject(value) ? value : NONE)
