import { randomName } from '../../core/random-name.ts'
import type { ReplyRecord } from '../../core/reply/record.ts'
import type { ReplyId } from '../../core/reply/reply.ts'
import type { Clock } from '../../ports.ts'
import type { Item } from './attribute.ts'
import type { Arm, Change } from './expression.ts'
import { type InboxMemo, inboxMemo } from './reply-store/inbox-memo.ts'
import { recordOf, replyKey } from './reply-store/item.ts'
import type { Table } from './table.ts'

/** DynamoDB may delete an open reply so long after its lease ended: far longer than any sweeper may be out of order. */
const OPEN_SECONDS = 7 * 86_400
/** And an ended one so long after its end: long enough for a producer that repeats its last push. */
const ENDED_SECONDS = 3 * 86_400

/** An item together with what it says. */
export interface Found {
  readonly item: Item
  readonly record: ReplyRecord
}

type Changed = { readonly changed: ReplyRecord } | { readonly found: Found | undefined }

/** What the parts of one store share. */
export interface StoreTools {
  readonly table: Table
  readonly memo: InboxMemo
  /** Names this store among all processes. */
  readonly writer: string
  /** Greater each time. */
  nextNumber(): number
  /** A name that no other call of any process has. */
  nextName(): string
  /** Reads consistently. */
  find(replyId: ReplyId): Promise<Found | undefined>
  /** Reads what may be a moment old. */
  glance(replyId: ReplyId): Promise<ReplyRecord | undefined>
  /** Changes a reply, or shows the one whose state refused that: `undefined` where there is none. */
  change(replyId: ReplyId, when: Arm, changes: readonly Change[]): Promise<Changed>
  found(item: Item | undefined): Found | undefined
  /** The record of an item that was just read or written. */
  see(item: Item): ReplyRecord
  /** TTL of an open reply whose lease, or waiting time, ends at `untilMs`. */
  openUntil(untilMs: number): number
  /** TTL of a reply that ends now. */
  endedUntil(): number
}

export const storeTools = (
  table: Table,
  {
    clock,
    random,
  }: {
    readonly clock: Pick<Clock, 'now'>
    readonly random: () => number
  },
): StoreTools => {
  const memo = inboxMemo()
  const writer = randomName(random())
  let count = 0

  const nextNumber = (): number => {
    count += 1
    return count
  }
  const see = (item: Item): ReplyRecord => {
    const record = recordOf(item)
    if (record.kind === 'pushed') memo.see(record.replyId, record.inbox)
    return record
  }
  const found = (item: Item | undefined) => item && { item, record: see(item) }
  return {
    table,
    memo,
    writer,
    nextNumber,
    nextName: () => `${writer}.${nextNumber()}`,
    async find(replyId) {
      return found(await table.get(replyKey(replyId)))
    },
    async glance(replyId) {
      const item = await table.glance(replyKey(replyId))
      return item && recordOf(item)
    },
    async change(replyId, when, changes) {
      const written = await table.updateOrSee(replyKey(replyId), when, changes)
      return 'item' in written ? { changed: see(written.item) } : { found: found(written.found) }
    },
    found,
    see,
    openUntil: (untilMs) => Math.ceil(untilMs / 1000) + OPEN_SECONDS,
    endedUntil: () => Math.ceil(clock.now() / 1000) + ENDED_SECONDS,
  }
}
