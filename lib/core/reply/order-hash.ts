import { EMPTY_HASH, hashText } from '../text/text-hash.ts'
import type { ReplyRecord } from './record.ts'

/** How a whole reply was asked for. */
interface Order {
  readonly pieces: readonly string[]
  readonly piecewise: boolean
  readonly charsPerSecond?: number
}

/** A cryptographic hash of values, in hex: nobody can make other values that have the same one. */
export type Digest = (parts: readonly unknown[]) => string

const partsOf = ({ pieces, piecewise, charsPerSecond = 0 }: Order): readonly unknown[] => [
  piecewise,
  charsPerSecond,
  pieces,
]

/** Tells orders apart by text, chunks and rate. */
export const orderHash = (order: Order, digest: Digest): string => digest(partsOf(order))

/** Hex digits of the hash in records of earlier versions, which was `hashText`. */
const EARLIER_DIGITS = 16

/**
 * True when a reply was made of something else than this order, of which `asked` is the `orderHash`. A record that does not say
 * what counts as the same.
 */
export const isMadeOfOther = (
  { kind, orderHash: own }: Pick<ReplyRecord, 'kind' | 'orderHash'>,
  order: Order,
  asked: string | undefined,
): boolean => {
  if (kind !== 'whole') return true
  if (own === undefined) return false
  const isEarlier = own.length === EARLIER_DIGITS
  return own !== (isEarlier ? hashText(EMPTY_HASH, JSON.stringify(partsOf(order))) : asked)
}
