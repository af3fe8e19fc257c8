import {
  type Entrance,
  enterLock,
  type Holder,
  keptEvent,
  type LockState,
  leaveLock,
  movedLock,
  type Ticket,
  type WakeEvent,
} from '../../core/conversation/ticket-lock.ts'
import { conversationParts } from '../../core/reply/conversation.ts'
import type { Conversation } from '../../core/reply/reply.ts'
import type { TicketLock } from '../../ports.ts'
import { digest } from '../runtime/digest.ts'
import { mysqlRecords, type RecordsOptions } from './records.ts'
import { jsonIn } from './row-values.ts'
import type { Columns } from './session.ts'

/** Far longer than any message may wait: the platform gives up after six hours. */
const RETENTION_SECONDS = 86_400

/** The line of a conversation. */
interface Line {
  /** The ticket that was given out last, and when; and when the one before it was. */
  readonly issued: number
  readonly issuedAtMs: number
  readonly previousAtMs: number
  /** Names the write that gave it out. */
  readonly takenBy: string
  readonly lock: LockState
  /** Of those who wait, by their tickets: each the text of its event. */
  readonly events?: Readonly<Record<string, string>>
}

/** UserIDs may be of any length. */
const idOfLine = (conversation: Conversation): string => digest(conversationParts(conversation))

const lineIn = (row: Columns | undefined): Line | undefined => row && jsonIn<Line>(row, 'record')

const columnsOf = (line: Line, nowMs: number): Columns => ({
  record: JSON.stringify(line),
  expires_at: Math.ceil(nowMs / 1_000) + RETENTION_SECONDS,
})

/** The line with its lock moved on: nobody reads the events of those who have begun any more. */
const moved = (line: Line, lock: LockState): Line => {
  const waiting = Object.entries(line.events ?? {}).filter(([n]) => Number(n) > lock.serving)
  return { ...line, lock: movedLock(line.lock, lock), events: Object.fromEntries(waiting) }
}

const eventIn = ({ events, lock }: Line): WakeEvent | undefined => {
  const encoded = events?.[lock.serving]
  return encoded === undefined ? undefined : (JSON.parse(encoded) as WakeEvent)
}

const ticketOf = (conversation: Conversation, line: Line): Ticket => ({
  conversation,
  number: line.issued,
  issuedAtMs: line.issuedAtMs,
  previousAtMs: line.previousAtMs,
})

/** A line that is gone begins anew with whoever comes. */
const lostLine = ({ number, issuedAtMs, previousAtMs }: Ticket, lock: LockState): Line => ({
  issued: number,
  issuedAtMs,
  previousAtMs,
  takenBy: '',
  lock,
})

/** The ticket locks of all conversations, in the table `line`. */
export const mysqlTicketLock = (options: RecordsOptions): TicketLock => {
  const lines = mysqlRecords('line', ['record'], options)

  /** Moves the lock where the ticket is served by this holder; the line then. Absent where somebody has stepped past. */
  const moveOwn = (ticket: Ticket, holder: Holder, lock: LockState): Promise<Line | undefined> =>
    lines.change(idOfLine(ticket.conversation), (row) => {
      const line = lineIn(row)
      const { serving, heldBy } = line?.lock ?? {}
      if (line === undefined || serving !== ticket.number || heldBy !== holder.id) {
        return { outcome: undefined }
      }
      const next = { ...line, lock: movedLock(line.lock, lock) }
      return { outcome: next, next: columnsOf(next, holder.nowMs) }
    })

  /** What is kept of a ticket that waits; nothing where that is there already. */
  const withEvent = (line: Line | undefined, ticket: Ticket, event: WakeEvent | undefined) => {
    const encoded = keptEvent(line?.lock, ticket, event)
    if (line === undefined || encoded === undefined) return undefined
    if (line.events?.[ticket.number] === encoded) return undefined
    return { ...line, events: { ...line.events, [ticket.number]: encoded } }
  }

  /** What an entrance makes of a line; `undefined` where nothing changes. */
  const afterEntrance = (
    line: Line | undefined,
    ticket: Ticket,
    entrance: Entrance,
    event: WakeEvent | undefined,
  ): Line | undefined => {
    const lock = 'next' in entrance ? entrance.next : undefined
    const entered = lock && (line === undefined ? lostLine(ticket, lock) : moved(line, lock))
    if (entrance.outcome !== 'waiting') return entered
    return withEvent(entered ?? line, ticket, event) ?? entered
  }

  return {
    queueUp: (conversation, nowMs) =>
      lines.change(idOfLine(conversation), (row, name, isOurs) => {
        const line = lineIn(row)
        if (line !== undefined && isOurs(line.takenBy)) {
          return { outcome: ticketOf(conversation, line) }
        }
        const next: Line = {
          issued: (line?.issued ?? 0) + 1,
          issuedAtMs: nowMs,
          previousAtMs: line?.issuedAtMs ?? 0,
          takenBy: name,
          lock: line?.lock ?? { serving: 1, keptUntilMs: 0 },
        }
        return { outcome: ticketOf(conversation, next), next: columnsOf(next, nowMs) }
      }),
    enter: (ticket, holder, event) =>
      lines.change(idOfLine(ticket.conversation), (row) => {
        const line = lineIn(row)
        const entrance = enterLock(line?.lock, ticket, holder)
        const next = afterEntrance(line, ticket, entrance, event)
        const { outcome } = entrance
        return { outcome, ...(next ? { next: columnsOf(next, holder.nowMs) } : {}) }
      }),
    async stay(ticket, holder) {
      const { id, nowMs, leaseMs } = holder
      const lock = { serving: ticket.number, keptUntilMs: nowMs + leaseMs, heldBy: id }
      return (await moveOwn(ticket, holder, lock)) !== undefined
    },
    async leave(ticket, holder, leaving) {
      const line = await moveOwn(ticket, holder, leaveLock(ticket, holder, leaving))
      return line && eventIn(line)
    },
  }
}
