import { fieldsOf } from '../../../core/json.ts'
import type { Attempt } from '../../../core/reply/attempt.ts'
import { unsentProgress } from '../../../core/reply/message.ts'
import type { Inbox, Orphan, OrphanGroup, ReplyRecord } from '../../../core/reply/record.ts'
import type { KeptReply } from '../../../core/reply/record-steps.ts'
import {
  hasEnded,
  type ReplyId,
  type ReplyKind,
  type ReplyStatus,
} from '../../../core/reply/reply.ts'
import { jsonIn, numberIn, textIn } from '../row-values.ts'
import type { Columns } from '../session.ts'

/*
 * What conditions, indexes and the sweeper look at is a column of its own; everything else is JSON in `record`. So the sweeper
 * counts and ends a reply also where that JSON cannot be read.
 */

/** Value of `sweep` in an open reply, as in DynamoDB. */
export const sweepGroups: Readonly<Record<OrphanGroup, string>> = {
  untried: 'open',
  tried: 'tried',
}

/** Value of `sweep` in an ended reply that may have left a message open which nobody knows of. */
export const sweepUnsettled = 'unsettled'

/** The columns that a reply is read from. */
export const replyColumns = [
  'kind',
  'status',
  'epoch',
  'lease_until_ms',
  'taken_by',
  'cancel_requested',
  'attempts',
  'attempt_chars',
  'sweep_at_ms',
  'record',
] as const

/** What stands in `record`. */
type Document = Omit<
  ReplyRecord,
  'replyId' | 'kind' | 'status' | 'epoch' | 'leaseUntilMs' | 'cancelRequested' | 'attempt' | 'inbox'
> & {
  readonly inbox?: Omit<Inbox, 'chunks'> & {
    readonly chunks: readonly (readonly [number, string])[]
  }
}

const noInbox: Inbox = { chunks: new Map(), nextSeq: 0, heldText: '', pushes: 0 }

/** Half a surrogate pair becomes an ASCII escape: the column takes what UTF-8 has no bytes for. */
const documentText = (record: ReplyRecord): string => {
  const { replyId, kind, status, epoch, leaseUntilMs, cancelRequested, attempt, ...rest } = record
  const { inbox, ...document } = rest
  const isUnused = inbox.pushes === 0 && inbox.nextSeq === 0 && inbox.heldText === ''
  const chunks = [...inbox.chunks]
  return JSON.stringify(isUnused ? document : { ...document, inbox: { ...inbox, chunks } })
}

const attemptIn = (row: Columns): Attempt | undefined => {
  const count = numberIn(row, 'attempts')
  return count === undefined ? undefined : { count, fromChars: numberIn(row, 'attempt_chars') ?? 0 }
}

/** A reply as its row says it. */
export interface ReplyRow {
  readonly kept: KeptReply
  /** Why `record` cannot be read; what is kept has none of it then. */
  readonly broken?: unknown
}

const documentIn = (row: Columns): { readonly document: Document; readonly broken?: unknown } => {
  try {
    const document = jsonIn<Document>(row, 'record')
    if (document !== undefined) return { document }
    throw new SyntaxError('A reply has no record.')
  } catch (broken) {
    return { document: { progress: unsentProgress(0), createdAtMs: 0, piecewise: false }, broken }
  }
}

/** Reads a row of `replyColumns`. */
export const replyIn = (row: Columns, replyId: ReplyId): ReplyRow => {
  const { document, ...broken } = documentIn(row)
  const { inbox, ...rest } = document
  const attempt = attemptIn(row)
  const record: ReplyRecord = {
    ...rest,
    replyId,
    kind: textIn(row, 'kind') as ReplyKind,
    status: textIn(row, 'status') as ReplyStatus,
    epoch: numberIn(row, 'epoch') ?? 0,
    leaseUntilMs: numberIn(row, 'lease_until_ms') ?? 0,
    cancelRequested: numberIn(row, 'cancel_requested') === 1,
    inbox: inbox === undefined ? noInbox : { ...inbox, chunks: new Map(inbox.chunks) },
    ...(attempt === undefined ? {} : { attempt }),
  }
  return { kept: { record, sweepAtMs: numberIn(row, 'sweep_at_ms') }, ...broken }
}

const sweepOf = ({ record, sweepAtMs }: KeptReply): string | null => {
  if (sweepAtMs === undefined) return null
  if (hasEnded(record.status)) return sweepUnsettled
  return sweepGroups[record.attempt === undefined ? 'untried' : 'tried']
}

/** The columns of what is kept, but for names and times of the row itself. `withRecord` false leaves `record` as it is. */
export const columnsOf = (kept: KeptReply, withRecord = true): Columns => {
  const { record, sweepAtMs } = kept
  return {
    kind: record.kind,
    status: record.status,
    epoch: record.epoch,
    lease_until_ms: record.leaseUntilMs,
    cancel_requested: record.cancelRequested ? 1 : 0,
    attempts: record.attempt?.count ?? null,
    attempt_chars: record.attempt?.fromChars ?? null,
    sweep: sweepOf(kept),
    sweep_at_ms: sweepAtMs ?? null,
    ...(withRecord ? { record: documentText(record) } : {}),
  }
}

/** What can be had of a row, whatever stands in it; `undefined` once the reply has ended. */
export const orphanOf = (row: Columns): Orphan | undefined => {
  if (textIn(row, 'status') !== 'open') return undefined
  const { document, broken } = documentIn(row)
  const sentChars = broken === undefined ? fieldsOf(document.progress)['sentChars'] : 0
  const attempt = attemptIn(row)
  return {
    kind: textIn(row, 'kind') as ReplyKind | undefined,
    epoch: numberIn(row, 'epoch') ?? 0,
    leaseUntilMs: numberIn(row, 'lease_until_ms') ?? 0,
    sentChars: typeof sentChars === 'number' ? sentChars : 0,
    ...(attempt === undefined ? {} : { attempt }),
  }
}
