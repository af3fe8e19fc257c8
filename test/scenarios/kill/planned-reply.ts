import type { Conversation, ReplyId } from '../../../lib/core/reply/reply.ts'
import type { WriterDeps, WriterSettings } from '../../../lib/reply/writer-deps.ts'
import { pushChunk } from '../../../lib/use-cases/push-chunk.ts'
import { sendReply } from '../../../lib/use-cases/send-reply.ts'
import { unhurried } from '../../support/unhurried.ts'

/** One reply as a client asks for it; plain data, so that another process can be told. */
export interface PlannedReply {
  readonly replyId: ReplyId
  readonly conversation: Conversation
  readonly kind: 'text' | 'pieces' | 'typed' | 'pushed'
  readonly pieces: readonly string[]
  /** For `typed`. */
  readonly charsPerSecond?: number
  /** For `pushed`: seqs in the order in which they are pushed, some of them twice. */
  readonly pushes: readonly number[]
  readonly startsAfterMs: number
}

/** Time between two pushes of one reply, in ms. */
const PUSH_EVERY_MS = 70

/** Does for a reply what its functions do while nothing kills them. */
export const writePlanned = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { kind, startsAfterMs, ...reply }: PlannedReply,
): Promise<void> => {
  await deps.clock.sleep(startsAfterMs)
  if (kind === 'pushed') {
    await Promise.all(
      reply.pushes.map(async (seq, nth) => {
        await deps.clock.sleep(nth * PUSH_EVERY_MS)
        await pushOne(deps, settings, reply, seq)
      }),
    )
    return
  }
  await sendReply(deps, settings, { ...reply, piecewise: kind === 'pieces' }, unhurried)
}

/** Pushes every chunk, in order, as a producer does again that was never answered. */
export const pushAgain = async (
  deps: WriterDeps,
  settings: WriterSettings,
  reply: PlannedReply,
): Promise<void> => {
  for (const seq of reply.pieces.keys()) await pushOne(deps, settings, reply, seq)
}

const pushOne = (
  deps: WriterDeps,
  settings: WriterSettings,
  { replyId, conversation, pieces }: Pick<PlannedReply, 'replyId' | 'conversation' | 'pieces'>,
  seq: number,
) => {
  const finish = seq === pieces.length - 1
  const chunk = { seq, text: pieces[seq] ?? '', finish, conversation }
  return pushChunk(deps, settings, replyId, chunk, unhurried)
}
