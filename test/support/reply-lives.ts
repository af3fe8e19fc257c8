import fc from 'fast-check'
import { expect } from 'vitest'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { MsgKey, ReplyId } from '../../lib/core/reply/reply.ts'
import type { ReplyStore } from '../../lib/ports.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'

const T = 1_700_000_000_000
const LEASE_MS = 15_000

/** One step of a random life; numbers are reduced to what the reply's record makes interesting. */
interface Step {
  readonly what: keyof typeof steps
  readonly reply: 0 | 1
  /** 0 is the newest epoch, 1 the one before. */
  readonly staleness: number
  readonly seq: number
  readonly flag: boolean
  readonly text: string
  readonly waitMs: number
  readonly lostAnswer: boolean
}

interface Now {
  readonly replyId: ReplyId
  readonly nowMs: number
  readonly epoch: number
  readonly pushes: number
}

const progressAt = (nowMs: number, sentChars: number) => ({ ...unsentProgress(nowMs), sentChars })
const conversationOf = (flag: boolean) => ({ from: '@RBT#bot', to: flag ? 'user' : 'other' })

const steps = {
  begin: (store: ReplyStore, { flag, text }: Step, { replyId, nowMs }: Now) =>
    store.begin(
      {
        replyId,
        kind: flag ? 'whole' : 'turn',
        conversation: conversationOf(true),
        createdAtMs: nowMs,
        progress: unsentProgress(nowMs),
        piecewise: flag,
        ...(flag ? { pieces: [text, text.repeat(300)] } : {}),
      },
      nowMs + LEASE_MS,
    ),
  push: (store: ReplyStore, { seq, flag, text, staleness }: Step, { replyId, nowMs }: Now) =>
    store.pushChunk(
      replyId,
      {
        seq,
        text,
        finish: flag && seq > 2,
        ...(seq === 0 ? { conversation: conversationOf(staleness === 0 || flag) } : {}),
      },
      { nowMs, leaseUntilMs: nowMs + LEASE_MS },
    ),
  record: (store: ReplyStore, { flag, seq, text }: Step, { replyId, nowMs, epoch }: Now) =>
    store.record(replyId, epoch, {
      progress: progressAt(nowMs, seq),
      ...(flag ? { leaseUntilMs: nowMs + LEASE_MS } : {}),
      ...(seq > 1 ? { taken: { nextSeq: seq - 1, heldText: text } } : {}),
      ...(seq % 2 === 0 ? { movedOn: true } : {}),
    }),
  release: (store: ReplyStore, { flag, seq, text }: Step, { replyId, nowMs, epoch, pushes }: Now) =>
    store.release(replyId, epoch, {
      progress: progressAt(nowMs, seq),
      ...(flag ? { taken: { nextSeq: seq, heldText: text } } : {}),
      pushes,
      sweepAtMs: nowMs + 60_000,
      ...(seq > 3 ? { movedOn: true } : {}),
    }),
  end: (store: ReplyStore, { flag, seq }: Step, { replyId, nowMs, epoch }: Now) =>
    store.end(replyId, epoch, {
      status: flag ? 'finished' : 'failed',
      progress: progressAt(nowMs, seq),
      ...(flag ? {} : { failure: { reason: 'orphaned', detail: 'Nobody went on.' } as const }),
    }),
  takeOver: (store: ReplyStore, { flag, seq }: Step, { replyId, nowMs }: Now) =>
    store.takeOver(replyId, {
      nowMs,
      leaseUntilMs: nowMs + LEASE_MS,
      ...(flag ? { attempt: { count: seq + 1, fromChars: seq } } : {}),
    }),
  readOrphan: (store: ReplyStore, _: Step, { replyId }: Now) => store.readOrphan(replyId),
  cancel: (store: ReplyStore, _: Step, { replyId }: Now) => store.requestCancel(replyId),
  claim: (store: ReplyStore, { seq }: Step, { replyId }: Now) =>
    store.claimMessage(`${replyId.slice(0, -1)}${seq}` as MsgKey, replyId, conversationOf(true)),
  findClaim: (store: ReplyStore, { seq }: Step, { replyId }: Now) =>
    store.findByMsgKey(`${replyId.slice(0, -1)}${seq}` as MsgKey),
  pieces: (store: ReplyStore, _: Step, { replyId }: Now) => store.readPieces(replyId),
}

const large = 'x'.repeat(30_000)

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant('push' as const) },
    { weight: 4, arbitrary: fc.constantFrom('record' as const, 'release' as const) },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        ...([
          'begin',
          'end',
          'takeOver',
          'takeOver',
          'readOrphan',
          'cancel',
          'claim',
          'findClaim',
          'pieces',
        ] as const),
      ),
    },
  ),
  reply: fc.constantFrom(0, 1),
  staleness: fc.constantFrom(0, 0, 0, 1),
  seq: fc.nat(5),
  flag: fc.boolean(),
  text: fc.constantFrom('a', 'Füße ', '\ud83c', '', 'LARGE'),
  waitMs: fc.constantFrom(0, 0, 1_000, 16_000),
  lostAnswer: fc.boolean(),
})

let runs = 0

/** Stores on one table: one that hears every answer, and one whose writes are all made twice. */
interface Subject {
  readonly direct: ReplyStore
  readonly lossy: ReplyStore
}

/** Lives one life in memory and in another store, and compares after each step. */
const live = async ({ direct, lossy }: Subject, life: readonly Step[]): Promise<void> => {
  runs += 1
  const prefix = `run-${runs}-`
  const memory = memoryReplyStore()
  let nowMs = T

  for (const each of life) {
    nowMs += each.waitMs
    const replyId = `${prefix}${each.reply}` as ReplyId
    const record = await memory.read(replyId)
    const epoch = Math.max(0, (record?.epoch ?? 0) - each.staleness)
    const pushes = Math.max(0, (record?.inbox.pushes ?? 0) - each.staleness)
    const given = { ...each, text: each.text === 'LARGE' ? large : each.text }
    const take = (store: ReplyStore) =>
      steps[each.what](store, given, { replyId, nowMs, epoch, pushes })

    const expected = await take(memory)
    const actual = await take(each.lostAnswer ? lossy : direct)

    expect(actual).toEqual(expected)
    expect(await direct.read(replyId)).toEqual(await memory.read(replyId))
  }
  const own = (ids: readonly ReplyId[]) => ids.filter((id) => id.startsWith(prefix)).sort()
  const dueMs = nowMs + 30_000
  for (const group of ['untried', 'tried'] as const) {
    expect(own(await direct.listOrphans(dueMs, 1_000, group))).toEqual(
      own(await memory.listOrphans(dueMs, 10, group)),
    )
  }
}

/** The same steps have the same outcomes in memory and there, whatever answers are lost. */
export const expectSameLives = (subject: Subject, numRuns: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), (life) =>
      live(subject, life),
    ),
    { numRuns },
  )
