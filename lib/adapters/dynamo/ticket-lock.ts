import {
  enterLock,
  type Holder,
  type LockState,
  leaveLock,
  type Ticket,
} from '../../core/conversation/ticket-lock.ts'
import { OutOfReach } from '../../core/out-of-reach.ts'
import { randomName } from '../../core/random-name.ts'
import { conversationParts } from '../../core/reply/conversation.ts'
import type { Conversation } from '../../core/reply/reply.ts'
import type { TicketLock } from '../../ports.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { type Item, number, numberOf, text, textOf } from './attribute.ts'
import { type Arm, any, type Change, increase, remove, set, setOnce } from './expression.ts'
import { keyPrefixes } from './key-prefixes.ts'
import { isNew } from './reply-store/conditions.ts'
import { replyTable } from './table.ts'

/** Far longer than any message may wait: the platform gives up after six hours. */
const RETENTION_SECONDS = 86_400

/** How often others may come between a look and a write. */
const ROUNDS = 4

const keyOf = (conversation: Conversation): string =>
  `${keyPrefixes.line}${JSON.stringify(conversationParts(conversation))}`

const lockOf = (item: Item): LockState => {
  const heldBy = textOf(item, 'holder')
  return {
    serving: numberOf(item, 'serving') ?? 1,
    keptUntilMs: numberOf(item, 'keptUntilMs') ?? 0,
    ...(heldBy === undefined ? {} : { heldBy }),
  }
}

const lockChanges = (
  { serving, keptUntilMs, heldBy }: LockState,
  nowMs: number,
): readonly Change[] => [
  set('serving', number(serving)),
  set('keptUntilMs', number(keptUntilMs)),
  heldBy === undefined ? remove('holder') : set('holder', text(heldBy)),
  expiry(nowMs),
]

const expiry = (nowMs: number): Change =>
  set('expiresAt', number(Math.ceil(nowMs / 1_000) + RETENTION_SECONDS))

/** Every change moves one of the two, so nobody has come between. */
const unchanged = ({ serving, keptUntilMs }: LockState): Arm => ({
  condition: 'serving = :seenServing AND keptUntilMs = :seenKept',
  values: { ':seenServing': number(serving), ':seenKept': number(keptUntilMs) },
})

const isServed = ({ number: served }: Ticket, { id }: Holder): Arm => ({
  condition: 'serving = :myTicket AND holder = :me',
  values: { ':myTicket': number(served), ':me': text(id) },
})

/** A first try whose answer was lost is not made again. */
const notYetTaken = (takenBy: string): Arm =>
  any(
    { condition: 'attribute_not_exists(takenBy)', values: {} },
    { condition: 'takenBy <> :taker', values: { ':taker': text(takenBy) } },
  )

const keepPrevious: Change = {
  set: 'previousAtMs = if_not_exists(issuedAtMs, :zero)',
  values: { ':zero': number(0) },
}

const ticketOf = (conversation: Conversation, item: Item): Ticket => ({
  conversation,
  number: numberOf(item, 'issued') ?? 1,
  issuedAtMs: numberOf(item, 'issuedAtMs') ?? 0,
  previousAtMs: numberOf(item, 'previousAtMs') ?? 0,
})

/** The ticket locks of all conversations in the table of the replies, one item each. */
export const dynamoTicketLock = (options: {
  readonly call: AwsCall
  readonly table: string
  /** In [0, 1). */
  readonly random: () => number
}): TicketLock => {
  const table = replyTable(options.call, options.table)
  const taker = randomName(options.random())
  let taken = 0

  /** False when somebody else has moved the lock since it was seen. */
  const move = async (
    { conversation, number: issued }: Ticket,
    seen: LockState | undefined,
    next: LockState,
    nowMs: number,
  ): Promise<boolean> => {
    const changes = lockChanges(next, nowMs)
    const moved =
      seen === undefined
        ? await table.update(keyOf(conversation), isNew, [
            ...changes,
            set('issued', number(issued)),
          ])
        : await table.update(keyOf(conversation), unchanged(seen), changes)
    return moved !== undefined
  }

  return {
    async queueUp(conversation, nowMs) {
      taken += 1
      const takenBy = `${taker}.${taken}`
      const issued = await table.updateOrSee(keyOf(conversation), notYetTaken(takenBy), [
        increase('issued', 1),
        keepPrevious,
        set('issuedAtMs', number(nowMs)),
        set('takenBy', text(takenBy)),
        setOnce('serving', number(1)),
        setOnce('keptUntilMs', number(0)),
        expiry(nowMs),
      ])
      const item = 'item' in issued ? issued.item : issued.found
      if (item === undefined)
        throw new OutOfReach('store', 'a ticket lock left the table while in use')
      return ticketOf(conversation, item)
    },

    async enter(ticket, holder) {
      const key = keyOf(ticket.conversation)
      for (let round = 1; round <= ROUNDS; round += 1) {
        const item = await table.get(key)
        const lock = item && lockOf(item)
        const entrance = enterLock(lock, ticket, holder)
        if (entrance.outcome === 'passed' || entrance.next === undefined) return entrance.outcome
        if (await move(ticket, lock, entrance.next, holder.nowMs)) return entrance.outcome
      }
      return 'waiting'
    },

    async stay(ticket, holder) {
      const { id, nowMs, leaseMs } = holder
      const lock = { serving: ticket.number, keptUntilMs: nowMs + leaseMs, heldBy: id }
      const key = keyOf(ticket.conversation)
      const changes = lockChanges(lock, nowMs)
      return (await table.update(key, isServed(ticket, holder), changes)) !== undefined
    },

    async leave(ticket, holder, leaving) {
      const changes = lockChanges(leaveLock(ticket, holder, leaving), holder.nowMs)
      await table.update(keyOf(ticket.conversation), isServed(ticket, holder), changes)
    },
  }
}
