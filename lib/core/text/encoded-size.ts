/**
 * Bytes of a message that holds no chunk yet. The service keeps a streamed message as JSON inside a JSON string and allows
 * 12 KB of it, so every character is counted as it stands there, escaped twice.
 */
export const EMPTY_MESSAGE_BYTES = 126

/** Bytes that each chunk adds beside its text: two escaped quotes and a comma. */
const CHUNK_BYTES = 5

/** Bytes of one chunk inside a message. */
export const chunkBytes = (text: string): number => CHUNK_BYTES + encodedBytes(text)

/** UTF-8 bytes of a text that is escaped twice as JSON. */
export const encodedBytes = (text: string): number => {
  let bytes = 0
  for (let i = 0; i < text.length; i += unitsAt(text, i)) bytes += bytesAt(text, i)
  return bytes
}

/** True when a text takes no more than `budgetBytes`; of a longer one no more is looked at than that. */
export const fitsInto = (text: string, budgetBytes: number): boolean =>
  unitsThatFit(text, budgetBytes) === text.length

/** How many UTF-16 units from the start of `text` fit into `budgetBytes`; never splits a surrogate pair. */
export const unitsThatFit = (text: string, budgetBytes: number): number => {
  let bytes = 0
  let i = 0
  while (i < text.length) {
    bytes += bytesAt(text, i)
    if (bytes > budgetBytes) return i
    i += unitsAt(text, i)
  }
  return i
}

/** 2 at the start of a surrogate pair, else 1. */
export const unitsAt = (text: string, i: number): 1 | 2 =>
  isHighSurrogate(text.charCodeAt(i)) && isLowSurrogate(text.charCodeAt(i + 1)) ? 2 : 1

export const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

const shortEscapes = '\b\f\n\r\t'

const bytesAt = (text: string, i: number): number => {
  const unit = text.charCodeAt(i)
  if (unit < 0x80) return asciiBytes(unit)
  if (unit < 0x800) return 2
  if (unit < 0xd800 || unit > 0xdfff) return 3
  // `\\ud83d`: a lone surrogate is escaped; a pair is four bytes of UTF-8.
  return unitsAt(text, i) === 2 ? 4 : 7
}

const asciiBytes = (unit: number): number => {
  // `\"` inside, `\\\"` outside; a backslash likewise.
  if (unit === 0x22 || unit === 0x5c) return 4
  if (unit >= 0x20) return 1
  // `\\n`, or `\\u0001`.
  return shortEscapes.includes(String.fromCharCode(unit)) ? 3 : 7
}
