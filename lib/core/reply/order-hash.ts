import { EMPTY_HASH, hashText } from '../text/text-hash.ts'
import type { ReplyRecord } from './record.ts'

/** How a whole reply was asked for. */
interface Order {
  readonly pieces: readonly string[]
  readonly piecewise: boolean
  readonly charsPerSecond?: number
}

/** Tells orders apart by text, chunks and rate. */
export const orderHash = ({ pieces, piecewise, charsPerSecond = 0 }: Order): string =>
  hashText(EMPTY_HASH, JSON.stringify([piecewise, charsPerSecond, pieces]))

/** True when a reply was made of something else than this order. A record that does not say what counts as the same. */
export const isMadeOfOther = (
  { kind, orderHash: own }: Pick<ReplyRecord, 'kind' | 'orderHash'>,
  asked: string,
): boolean => kind !== 'whole' || (own !== undefined && own !== asked)
