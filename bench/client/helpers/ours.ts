import { randomUUID } from 'node:crypto'
import { composeWriter } from '../../../lib/compose/writer.ts'
import { readConfig } from '../../../lib/config.ts'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import type { Log } from '../../../lib/ports.ts'
import { deliverReply } from '../../../lib/reply/deliver.ts'
import type { WriterDeps } from '../../../lib/reply/writer-deps.ts'
import { sendReply } from '../../../lib/use-cases/send-reply.ts'
import { memoryReplyStore } from '../../../local/memory/reply-store.ts'
import type { Helper } from '../job.ts'

const silent: Log = { info: () => {}, warn: () => {} }
const newReplyId = () => randomUUID() as ReplyId
const never = new AbortController().signal

/** Our own delivery loop, composed as in a function; without DynamoDB the store is in memory and nothing is asked for a budget. */
export const helper: Helper = async (url, { gapMs = 200, dynamo = false, wholeAt }, env) => {
  const config = readConfig({ ...env, CHAT_ENDPOINT: url, MIN_GAP_MS: String(gapMs) })
  const { deps, settings } = composeWriter(config, silent)
  const { rateLimit: _, ...alone } = deps
  const used: WriterDeps = dynamo ? deps : { ...alone, store: memoryReplyStore() }

  const whole = (to: string, charsPerSecond: number) => async (deltas: AsyncIterable<string>) => {
    let text = ''
    for await (const delta of deltas) text += delta
    const reply = { pieces: [text], piecewise: false, charsPerSecond }
    const conversation = { from: '@RBT#bot', to }
    const signals = { handOver: never, startBy: never, deadline: never }
    await sendReply(used, settings, { ...reply, replyId: newReplyId(), conversation }, signals)
  }

  return async (to) => {
    if (wholeAt !== undefined) return whole(to, wholeAt)
    const nowMs = used.clock.now()
    const { record } = await used.store.begin(
      {
        replyId: newReplyId(),
        kind: 'turn',
        conversation: { from: '@RBT#bot', to },
        createdAtMs: nowMs,
        progress: unsentProgress(nowMs),
        piecewise: false,
      },
      nowMs + settings.leaseMs,
    )
    return async (deltas) => {
      const receipt = await deliverReply(used, settings, { record, deltas, merge: true }, never)
      if (receipt.status !== 'finished') throw new Error(`${receipt.how} ${receipt.status}`)
    }
  }
}
