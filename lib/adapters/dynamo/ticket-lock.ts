import {
  type Attendant,
  enterLine,
  type Line,
  leaveLine,
  type Place,
} from '../../core/conversation/ticket-lock.ts'
import type { Conversation } from '../../core/reply/reply.ts'
import { type ConversationLine, OutOfReach } from '../../ports.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { type Item, number, numberOf, text, textOf } from './attribute.ts'
import { type Arm, any, type Change, increase, remove, set, setOnce } from './expression.ts'
import { isNew } from './reply-store/conditions.ts'
import { replyTable } from './table.ts'

/** Far longer than any message may wait: the platform gives up after six hours. */
const RETENTION_SECONDS = 86_400

/** How often others may come between a look and a write. */
const ROUNDS = 4

const keyOf = ({ from, to }: Conversation): string => `line#${JSON.stringify([from, to])}`

const lineOf = (item: Item): Line => {
  const holder = textOf(item, 'holder')
  return {
    serving: numberOf(item, 'serving') ?? 1,
    keptUntilMs: numberOf(item, 'keptUntilMs') ?? 0,
    ...(holder === undefined ? {} : { holder }),
  }
}

const lineChanges = ({ serving, keptUntilMs, holder }: Line, nowMs: number): readonly Change[] => [
  set('serving', number(serving)),
  set('keptUntilMs', number(keptUntilMs)),
  holder === undefined ? remove('holder') : set('holder', text(holder)),
  expiry(nowMs),
]

const expiry = (nowMs: number): Change =>
  set('expiresAt', number(Math.ceil(nowMs / 1_000) + RETENTION_SECONDS))

/** Every change moves one of the two, so nobody has come between. */
const unchanged = ({ serving, keptUntilMs }: Line): Arm => ({
  condition: 'serving = :seenServing AND keptUntilMs = :seenKept',
  values: { ':seenServing': number(serving), ':seenKept': number(keptUntilMs) },
})

const isServed = ({ ticket }: Place, { holder }: Attendant): Arm => ({
  condition: 'serving = :myTicket AND holder = :me',
  values: { ':myTicket': number(ticket), ':me': text(holder) },
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

const placeOf = (conversation: Conversation, item: Item): Place => ({
  conversation,
  ticket: numberOf(item, 'issued') ?? 1,
  issuedAtMs: numberOf(item, 'issuedAtMs') ?? 0,
  previousAtMs: numberOf(item, 'previousAtMs') ?? 0,
})

/** The lines of all conversations in the table of the replies, one item each. */
export const dynamoConversationLine = (options: {
  readonly call: AwsCall
  readonly table: string
  /** In [0, 1). */
  readonly random: () => number
}): ConversationLine => {
  const table = replyTable(options.call, options.table)
  const taker = Math.floor(options.random() * 2 ** 52).toString(36)
  let taken = 0

  /** False when somebody else has moved the line since it was seen. */
  const move = async (
    { conversation, ticket }: Place,
    seen: Line | undefined,
    next: Line,
    nowMs: number,
  ): Promise<boolean> => {
    const changes = lineChanges(next, nowMs)
    const moved =
      seen === undefined
        ? await table.update(keyOf(conversation), isNew, [
            ...changes,
            set('issued', number(ticket)),
          ])
        : await table.update(keyOf(conversation), unchanged(seen), changes)
    return moved !== undefined
  }

  return {
    async queueUp(conversation, nowMs) {
      taken += 1
      const takenBy = `${taker}.${taken}`
      const key = keyOf(conversation)
      const item = await table.update(key, notYetTaken(takenBy), [
        increase('issued', 1),
        keepPrevious,
        set('issuedAtMs', number(nowMs)),
        set('takenBy', text(takenBy)),
        setOnce('serving', number(1)),
        setOnce('keptUntilMs', number(0)),
        expiry(nowMs),
      ])
      const found = item ?? (await table.get(key))
      if (found === undefined) throw new OutOfReach('store', 'a line left the table while in use')
      return placeOf(conversation, found)
    },

    async enter(place, attendant) {
      const key = keyOf(place.conversation)
      for (let round = 1; round <= ROUNDS; round += 1) {
        const item = await table.get(key)
        const line = item && lineOf(item)
        const entrance = enterLine(line, place, attendant)
        if (entrance.outcome === 'passed' || entrance.next === undefined) return entrance.outcome
        if (await move(place, line, entrance.next, attendant.nowMs)) return entrance.outcome
      }
      return 'waiting'
    },

    async stay(place, attendant) {
      const { holder, nowMs, leaseMs } = attendant
      const line = { serving: place.ticket, keptUntilMs: nowMs + leaseMs, holder }
      const key = keyOf(place.conversation)
      const changes = lineChanges(line, nowMs)
      return (await table.update(key, isServed(place, attendant), changes)) !== undefined
    },

    async leave(place, attendant, leaving) {
      const changes = lineChanges(leaveLine(place, attendant, leaving), attendant.nowMs)
      await table.update(keyOf(place.conversation), isServed(place, attendant), changes)
    },
  }
}
