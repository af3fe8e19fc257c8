import {
  enterLock,
  type Holder,
  type LockState,
  leaveLock,
  type Ticket,
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
}

/** UserIDs may be of any length. */
const idOfLine = (conversation: Conversation): string => digest(conversationParts(conversation))

const lineIn = (row: Columns | undefined): Line | undefined => row && jsonIn<Line>(row, 'record')

const columnsOf = (line: Line, nowMs: number): Columns => ({
  record: JSON.stringify(line),
  expires_at: Math.ceil(nowMs / 1_000) + RETENTION_SECONDS,
})

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

  /** Moves the lock where the ticket is served by this holder. False where somebody has stepped past. */
  const moveOwn = (ticket: Ticket, holder: Holder, next: LockState): Promise<boolean> =>
    lines.change(idOfLine(ticket.conversation), (row) => {
      const line = lineIn(row)
      const { serving, heldBy } = line?.lock ?? {}
      if (line === undefined || serving !== ticket.number || heldBy !== holder.id) {
        return { outcome: false }
      }
      return { outcome: true, next: columnsOf({ ...line, lock: next }, holder.nowMs) }
    })

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
    enter: (ticket, holder) =>
      lines.change(idOfLine(ticket.conversation), (row) => {
        const line = lineIn(row)
        const entrance = enterLock(line?.lock, ticket, holder)
        const { outcome } = entrance
        if (entrance.outcome === 'passed' || entrance.next === undefined) return { outcome }
        const lock = entrance.next
        const next = line === undefined ? lostLine(ticket, lock) : { ...line, lock }
        return { outcome, next: columnsOf(next, holder.nowMs) }
      }),
    stay: (ticket, holder) =>
      moveOwn(ticket, holder, {
        serving: ticket.number,
        keptUntilMs: holder.nowMs + holder.leaseMs,
        heldBy: holder.id,
      }),
    async leave(ticket, holder, leaving) {
      await moveOwn(ticket, holder, leaveLock(ticket, holder, leaving))
    },
  }
}
