/** The hash of the empty text: where `hashText` begins. */
export const EMPTY_HASH = 'cbf29ce484222325'

/**
 * Goes on hashing from an earlier hash: `hashText(hashText(h, a), b)` equals `hashText(h, a + b)`, so that a text can be
 * known by its length and 16 hex digits without being kept. FNV-1a in two 32-bit lanes over UTF-16 units; it tells texts
 * apart, it does not protect them.
 */
export const hashText = (hash: string, text: string): string => {
  let high = Number.parseInt(hash.slice(0, 8), 16)
  let low = Number.parseInt(hash.slice(8), 16)
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit ^ (low >>> 13), 0x85ebca6b)
  }
  return hex(high) + hex(low)
}

const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, '0')
