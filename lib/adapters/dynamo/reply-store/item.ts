import { parseTurn } from '../../../core/conversation/turn.ts'
import { parsedJson } from '../../../core/json.ts'
import { unsentProgress } from '../../../core/reply/message.ts'
import type { Inbox, NewReply, ReplyRecord } from '../../../core/reply/record.ts'
import {
  type Conversation,
  conversationText,
  type Progress,
  type ReplyFailure,
  type ReplyId,
  type ReplyKind,
  type ReplyStatus,
} from '../../../core/reply/reply.ts'
import {
  flag,
  flagOf,
  type Item,
  json,
  jsonOf,
  number,
  numberOf,
  text,
  textOf,
} from '../attribute.ts'
import { keyPrefixes } from '../key-prefixes.ts'
import { sweepGroups } from '../table.ts'
import { attemptOf } from './sweep-fields.ts'

export const replyKey = (replyId: ReplyId): string => `${keyPrefixes.reply}${replyId}`

/** The reply that a key of the index names. */
export const replyIdOf = (pk: string): ReplyId => pk.slice(keyPrefixes.reply.length) as ReplyId

/** Each waiting chunk is an attribute of its own: a map could not be created and filled in one write. */
export const chunkName = (seq: number): string => `c${seq}`

const chunkPattern = /^c(\d+)$/

/** The lease of an open reply: nobody else may write before `leaseUntilMs`, and the sweeper looks at it after. */
export interface LeaseTaken {
  readonly leaseUntilMs: number
  /** Names the call that took the lease, so that it knows its own work again when the answer was lost. */
  readonly takenBy: string
  readonly expiresAt: number
}

/** The item that `begin` puts. `extra` are the attributes that say where the pieces are. */
export const newReplyItem = (reply: NewReply, lease: LeaseTaken, extra: Item): Item => ({
  pk: text(replyKey(reply.replyId)),
  replyKind: text(reply.kind),
  replyStatus: text('open'),
  conversation: text(conversationText(reply.conversation)),
  epoch: number(1),
  leaseUntilMs: number(lease.leaseUntilMs),
  takenBy: text(lease.takenBy),
  sweep: text(sweepGroups.untried),
  sweepAt: number(lease.leaseUntilMs),
  expiresAt: number(lease.expiresAt),
  createdAtMs: number(reply.createdAtMs),
  progress: json(reply.progress),
  piecewise: flag(reply.piecewise),
  ...(reply.charsPerSecond === undefined ? {} : { charsPerSecond: number(reply.charsPerSecond) }),
  ...(reply.orderHash === undefined ? {} : { orderHash: text(reply.orderHash) }),
  ...(reply.turn === undefined ? {} : { turn: json(reply.turn) }),
  ...extra,
})

const inboxOf = (item: Item): Inbox => {
  const nextSeq = numberOf(item, 'nextSeq') ?? 0
  const finishSeq = numberOf(item, 'finishSeq')
  const chunks = new Map<number, string>()
  for (const name of Object.keys(item)) {
    const seq = Number(chunkPattern.exec(name)?.[1])
    if (seq >= nextSeq) chunks.set(seq, jsonOf<string>(item, name) ?? '')
  }
  return {
    chunks,
    nextSeq,
    heldText: jsonOf<string>(item, 'heldText') ?? '',
    ...(finishSeq === undefined ? {} : { finishSeq }),
    pushes: numberOf(item, 'pushes') ?? 0,
  }
}

/** The record that a `reply#` item holds. */
export const recordOf = (item: Item): ReplyRecord => {
  const createdAtMs = numberOf(item, 'createdAtMs') ?? 0
  const conversation = jsonOf<Conversation>(item, 'conversation')
  const failure = jsonOf<ReplyFailure>(item, 'failure')
  const charsPerSecond = numberOf(item, 'charsPerSecond')
  const attempt = attemptOf(item)
  const orderHash = textOf(item, 'orderHash')
  const turn = parseTurn(parsedJson(textOf(item, 'turn') ?? ''))
  return {
    replyId: replyIdOf(textOf(item, 'pk') ?? ''),
    kind: textOf(item, 'replyKind') as ReplyKind,
    ...(conversation === undefined ? {} : { conversation }),
    status: textOf(item, 'replyStatus') as ReplyStatus,
    epoch: numberOf(item, 'epoch') ?? 0,
    leaseUntilMs: numberOf(item, 'leaseUntilMs') ?? 0,
    cancelRequested: flagOf(item, 'cancelRequested'),
    progress: jsonOf<Progress>(item, 'progress') ?? unsentProgress(createdAtMs),
    ...(failure === undefined ? {} : { failure }),
    createdAtMs,
    ...(charsPerSecond === undefined ? {} : { charsPerSecond }),
    piecewise: flagOf(item, 'piecewise'),
    ...(orderHash === undefined ? {} : { orderHash }),
    ...(turn === undefined ? {} : { turn }),
    inbox: inboxOf(item),
    ...(attempt === undefined ? {} : { attempt }),
  }
}
