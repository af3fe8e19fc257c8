import type { ReplyId } from '../../../core/reply/reply.ts'
import { type Item, number, numberOf, text, textOf } from '../attribute.ts'
import { keyPrefixes } from '../key-prefixes.ts'
import type { Table } from '../table.ts'

/**
 * Pieces of more bytes than this are stored apart: a write costs by the size of the whole item, and a reply's item is
 * written again with every step of its progress.
 */
const INLINE_BYTES = 1_024

/** UTF-16 units to an item: at most 330,000 bytes of UTF-8, where DynamoDB allows 409,600 bytes an item. */
const UNITS_PER_ITEM = 110_000

/** Cuts between code points, since half a surrogate pair cannot be stored. */
const cut = (encoded: string): readonly string[] => {
  const parts: string[] = []
  let from = 0
  while (from < encoded.length) {
    let to = Math.min(from + UNITS_PER_ITEM, encoded.length)
    if (to < encoded.length && /[\uDC00-\uDFFF]/.test(encoded[to] ?? '')) to -= 1
    parts.push(encoded.slice(from, to))
    from = to
  }
  return parts
}

const partKey = (piecesKey: string, n: number): string => `${piecesKey}#${n}`

/** True when the pieces do not fit into the reply's own item. */
export const isLarge = (pieces: readonly string[] | undefined): pieces is readonly string[] =>
  pieces !== undefined && Buffer.byteLength(JSON.stringify(pieces)) > INLINE_BYTES

/** The attribute of the reply's item for pieces that fit into it. */
export const inlinePieces = (pieces: readonly string[] | undefined): Item =>
  pieces === undefined ? {} : { pieces: text(JSON.stringify(pieces)) }

/**
 * Stores large pieces in items of their own, and returns the attributes that the reply's item finds them by. The key names
 * the call, too: a repeated `begin` with another text cannot spoil those of the first.
 */
export const putPieces = async (
  table: Table,
  replyId: ReplyId,
  pieces: readonly string[],
  { takenBy, expiresAt }: { readonly takenBy: string; readonly expiresAt: number },
): Promise<Item> => {
  const piecesKey = `${keyPrefixes.pieces}${replyId}#${takenBy}`
  const parts = cut(JSON.stringify(pieces))
  await Promise.all(
    parts.map((part, n) =>
      table.put({
        pk: text(partKey(piecesKey, n)),
        part: text(part),
        expiresAt: number(expiresAt),
      }),
    ),
  )
  return { piecesKey: text(piecesKey), pieceItems: number(parts.length) }
}

/** The pieces of a reply's item; `undefined` when it was begun without. Throws when an item of theirs is gone. */
export const piecesOf = async (
  table: Table,
  item: Item,
): Promise<readonly string[] | undefined> => {
  const inline = textOf(item, 'pieces')
  if (inline !== undefined) return JSON.parse(inline) as string[]
  const piecesKey = textOf(item, 'piecesKey')
  if (piecesKey === undefined) return undefined

  const keys = Array.from({ length: numberOf(item, 'pieceItems') ?? 0 }, (_, n) =>
    partKey(piecesKey, n),
  )
  const items = await Promise.all(keys.map((key) => table.get(key)))
  const parts = items.map((found) => (found === undefined ? undefined : textOf(found, 'part')))
  if (parts.includes(undefined))
    throw new Error('The text of a reply has left the table before the reply.')
  return JSON.parse(parts.join('')) as string[]
}
