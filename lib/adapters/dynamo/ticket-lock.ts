import {
  enterLock,
  type Holder,
  keptEvent,
  type LockState,
  leaveLock,
  type Ticket,
  type WakeEvent,
} from '../../core/conversation/ticket-lock.ts'
import { OutOfReach } from '../../core/out-of-reach.ts'
import { randomName } from '../../core/random-name.ts'
import { conversationParts } from '../../core/reply/conversation.ts'
import type { Conversation } from '../../core/reply/reply.ts'
import type { TicketLock } from '../../ports.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { type Item, json, jsonOf, number, numberOf, text, textOf } from './attribute.ts'
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
  const begun = jsonOf<LockState['begun']>(item, 'begun')
  return {
    serving: numberOf(item, 'serving') ?? 1,
    keptUntilMs: numberOf(item, 'keptUntilMs') ?? 0,
    ...(heldBy === undefined ? {} : { heldBy }),
    ...(begun === undefined ? {} : { begun }),
  }
}

const lockChanges = (
  { serving, keptUntilMs, heldBy, begun }: LockState,
  nowMs: number,
): readonly Change[] => [
  set('serving', number(serving)),
  set('keptUntilMs', number(keptUntilMs)),
  heldBy === undefined ? remove('holder') : set('holder', text(heldBy)),
  ...(begun === undefined ? [] : [set('begun', json(begun))]),
  expiry(nowMs),
]

/** The event of a ticket that waits, as an attribute of its own. */
const eventName = (ticketNumber: number): string => `w${ticketNumber}`

const eventPattern = /^w(\d+)$/

/** Nobody reads the events of those who have begun any more. */
const staleEvents = (item: Item | undefined, { serving }: LockState): readonly Change[] =>
  Object.keys(item ?? {})
    .filter((name) => Number(eventPattern.exec(name)?.[1]) <= serving)
    .map(remove)

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
    changes: readonly Change[],
  ): Promise<boolean> => {
    const moved =
      seen === undefined
        ? await table.update(keyOf(conversation), isNew, [
            ...changes,
            set('issued', number(issued)),
          ])
        : await table.update(keyOf(conversation), unchanged(seen), changes)
    return moved !== undefined
  }

  /** What an entrance changes; nothing where its event is kept already. */
  const entranceChanges = (
    item: Item | undefined,
    ticket: Ticket,
    { nowMs }: Holder,
    { outcome, next }: { readonly outcome: string; readonly next?: LockState },
    event: WakeEvent | undefined,
  ): readonly Change[] => {
    const moves =
      next === undefined ? [] : [...lockChanges(next, nowMs), ...staleEvents(item, next)]
    const name = eventName(ticket.number)
    const seen = item && lockOf(item)
    const encoded = outcome === 'waiting' ? keptEvent(seen, ticket, event) : undefined
    const isKept = encoded === undefined || (item && textOf(item, name)) === encoded
    return isKept ? moves : [...moves, set(name, text(encoded))]
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

    async enter(ticket, holder, event) {
      const key = keyOf(ticket.conversation)
      for (let round = 1; round <= ROUNDS; round += 1) {
        const item = await table.get(key)
        const lock = item && lockOf(item)
        const entrance = enterLock(lock, ticket, holder)
        const changes = entranceChanges(item, ticket, holder, entrance, event)
        if (changes.length === 0) return entrance.outcome
        if (await move(ticket, lock, changes)) return entrance.outcome
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
      const next = leaveLock(ticket, holder, leaving)
      const changes = lockChanges(next, holder.nowMs)
      const key = keyOf(ticket.conversation)
      const item = await table.update(key, isServed(ticket, holder), changes)
      return item && jsonOf<WakeEvent>(item, eventName(next.serving))
    },
  }
}
