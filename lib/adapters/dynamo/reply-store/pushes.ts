import { chunkTextBytes, hasWork, receive, unstoredReply } from '../../../core/reply/inbox.ts'
import { unsentProgress } from '../../../core/reply/message.ts'
import type { PushedChunk, PushOutcome } from '../../../core/reply/record.ts'
import { conversationText, hasEnded, type ReplyId } from '../../../core/reply/reply.ts'
import type { ReplyStore } from '../../../ports.ts'
import { flag, json, number, text } from '../attribute.ts'
import { type Arm, all, any, type Change, increase, set, setOnce } from '../expression.ts'
import type { Found, StoreTools } from '../tools.ts'
import { isNew, learnsItsEnd, leaseFree, leaseRuns, takesChunk } from './conditions.ts'
import { chunkName, type LeaseTaken, replyKey } from './item.ts'
import { leaseChanges, wasTakenBy } from './leases.ts'
import { inRounds } from './rounds.ts'

type Times = Parameters<ReplyStore['pushChunk']>[2]

const chunkChanges = ({
  seq,
  text: said,
  finish,
  conversation,
}: PushedChunk): readonly Change[] => [
  set(chunkName(seq), json(said)),
  increase('pushes', 1),
  increase('waitingBytes', chunkTextBytes(said)),
  ...(finish ? [setOnce('finishSeq', number(seq))] : []),
  ...(conversation ? [set('conversation', text(conversationText(conversation)))] : []),
]

/** What is new where the chunk is known, but for being the last. */
const endChanges = ({ seq, conversation }: PushedChunk): readonly Change[] => [
  setOnce('finishSeq', number(seq)),
  increase('pushes', 1),
  ...(conversation ? [set('conversation', text(conversationText(conversation)))] : []),
]

/** What a new item needs beside its first chunk and its lease; an item that exists keeps what it has. */
const birthChanges = (createdAtMs: number): readonly Change[] => [
  setOnce('replyKind', text('pushed')),
  setOnce('replyStatus', text('open')),
  setOnce('createdAtMs', number(createdAtMs)),
  setOnce('progress', json(unsentProgress(createdAtMs))),
  setOnce('piecewise', flag(false)),
  setOnce('nextSeq', number(0)),
]

export const pushes = (
  tools: StoreTools,
  takeOver: ReplyStore['takeOver'],
): Pick<ReplyStore, 'pushChunk'> => {
  const { table, see } = tools

  /** Stores the chunk and takes the lease, where it is free or the reply is new. */
  const storeAndTake = (
    replyId: ReplyId,
    chunk: PushedChunk,
    { nowMs, createdAtMs = nowMs }: Times,
    lease: LeaseTaken,
  ) => {
    const fits: Arm = all(takesChunk(chunk), leaseFree(nowMs))
    const isTakenWhenNew = receive(unstoredReply(replyId, chunk, nowMs), chunk) === 'new'
    const changes = [...chunkChanges(chunk), ...birthChanges(createdAtMs), ...leaseChanges(lease)]
    return table.update(replyKey(replyId), isTakenWhenNew ? any(isNew, fits) : fits, changes)
  }

  /** Stores the chunk for whoever holds the lease. */
  const storeOnly = (replyId: ReplyId, chunk: PushedChunk, nowMs: number) =>
    tools.change(replyId, all(takesChunk(chunk), leaseRuns(nowMs)), chunkChanges(chunk))

  /** Notes which chunk is the last, for whoever holds the lease, or takes it. `undefined` when the record has moved on. */
  const noteEnd = async (
    replyId: ReplyId,
    chunk: PushedChunk,
    { nowMs }: Times,
    lease: LeaseTaken,
  ): Promise<PushOutcome | undefined> => {
    const [key, learns, changes] = [replyKey(replyId), learnsItsEnd(chunk), endChanges(chunk)]
    const taking = [...changes, ...leaseChanges(lease)]
    const taken = await table.update(key, all(learns, leaseFree(nowMs)), taking)
    if (taken !== undefined) return { outcome: 'holder', record: see(taken) }
    const stored = await table.update(key, all(learns, leaseRuns(nowMs)), changes)
    return stored && { outcome: 'stored', record: see(stored) }
  }

  /** The chunk is in the record already: sees to it that somebody drains it. */
  const known = async (
    found: Found,
    takenBy: string,
    times: Times,
  ): Promise<PushOutcome | undefined> => {
    const { record } = found
    if (hasEnded(record.status)) return { outcome: 'repeated', record }
    if (wasTakenBy(found.item, takenBy)) return { outcome: 'holder', record }
    if (record.leaseUntilMs >= times.nowMs) return { outcome: 'stored', record }
    if (!hasWork(record)) return { outcome: 'repeated', record }
    // Its first deliverer died, or went before the chunk that everything waited for.
    const taken = await takeOver(record.replyId, times)
    return taken.outcome === 'taken' ? { outcome: 'holder', record: taken.record } : undefined
  }

  /** What it means that neither write fitted; `undefined` when the lease changed hands in between. */
  const explain = async (
    replyId: ReplyId,
    found: Found | undefined,
    chunk: PushedChunk,
    lease: LeaseTaken,
    times: Times,
  ): Promise<PushOutcome | undefined> => {
    const record = found?.record ?? unstoredReply(replyId, chunk, times.nowMs)
    const reception = receive(record, chunk)
    switch (reception) {
      case 'new':
        return undefined
      case 'finishes':
        return noteEnd(replyId, chunk, times, lease)
      case 'known':
        return found && known(found, lease.takenBy, times)
      default:
        return { outcome: reception, record }
    }
  }

  return {
    pushChunk(replyId, chunk, times) {
      const { nowMs, leaseUntilMs } = times
      const expiresAt = tools.openUntil(leaseUntilMs)
      const lease = { leaseUntilMs, takenBy: tools.nextName(), expiresAt }

      // Each further round means that the lease changed hands between two writes.
      return inRounds<PushOutcome>(8, `the lease of ${replyId} kept changing hands`, async () => {
        const taken = await storeAndTake(replyId, chunk, times, lease)
        if (taken !== undefined) return { outcome: 'holder', record: see(taken) }

        const stored = await storeOnly(replyId, chunk, nowMs)
        if ('changed' in stored) return { outcome: 'stored', record: stored.changed }

        return explain(replyId, stored.found, chunk, lease, times)
      })
    },
  }
}
