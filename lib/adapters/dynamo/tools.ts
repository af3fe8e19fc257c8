import type { ReplyRecord } from '../../core/reply/record.ts'
import type { ReplyId } from '../../core/reply/reply.ts'
import type { Clock } from '../../ports.ts'
import type { Item } from './attribute.ts'
import { type InboxMemo, inboxMemo } from './reply-store/inbox-memo.ts'
import { recordOf, replyKey } from './reply-store/item.ts'
import type { Table } from './table.ts'

/** Seconds after which DynamoDB may delete an item. */
export interface Retention {
  /** Counted from the end of the lease: far longer than any sweeper may be out of order. */
  readonly openSeconds: number
  /** Counted from the end of the reply: long enough for a producer that repeats its last push. */
  readonly endedSeconds: number
}

export const defaultRetention: Retention = { openSeconds: 7 * 86_400, endedSeconds: 3 * 86_400 }

/** An item together with what it says. */
export interface Found {
  readonly item: Item
  readonly record: ReplyRecord
}

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
    retention,
  }: {
    readonly clock: Pick<Clock, 'now'>
    readonly random: () => number
    readonly retention: Retention
  },
): StoreTools => {
  const memo = inboxMemo()
  const writer = Math.floor(random() * 2 ** 52).toString(36)
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
  return {
    table,
    memo,
    writer,
    nextNumber,
    nextName: () => `${writer}.${nextNumber()}`,
    async find(replyId) {
      const item = await table.get(replyKey(replyId))
      return item === undefined ? undefined : { item, record: see(item) }
    },
    see,
    openUntil: (untilMs) => Math.ceil(untilMs / 1000) + retention.openSeconds,
    endedUntil: () => Math.ceil(clock.now() / 1000) + retention.endedSeconds,
  }
}
