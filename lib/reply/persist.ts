import { OutOfReach } from '../core/out-of-reach.ts'
import type { Conversation, MsgKey, ReplyId } from '../core/reply/reply.ts'
import type { Log, ReplyStore } from '../ports.ts'
import type { Pause } from './waiting.ts'

/** Six seconds or so in total: by then a table that is throttled or changes its leader answers again. */
const ASK_AGAIN_MS = [100, 200, 400, 800, 1_600, 3_200]

/** Asks the store again while it is out of reach, as long as waiting goes on. Rejects with its last failure. */
export const persist = async <T>(ask: () => Promise<T>, pause: Pause): Promise<T> => {
  for (const ms of ASK_AGAIN_MS) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof OutOfReach) || !(await pause(ms))) throw error
    }
  }
  return ask()
}

/**
 * Claims a message for a reply. Where somebody pressed Stop at it before it was claimed, the reply is asked to stop: `'stopped'`.
 * `'other'`: the message belongs to another reply and must not be written to. Rejects while the store stays out of reach.
 */
export const claimFor = async (
  { store, log }: { readonly store: ReplyStore; readonly log: Log },
  reply: { readonly replyId: ReplyId; readonly conversation: Conversation },
  msgKey: MsgKey,
  pause: Pause,
): Promise<'own' | 'stopped' | 'other'> => {
  const { replyId, conversation } = reply
  const owner = await persist(() => store.claimMessage(msgKey, replyId, conversation), pause)
  if (owner === 'other') log.warn('message-claimed-by-other', { replyId, msgKey })
  if (owner !== 'stopped') return owner
  log.info('stop-found', { replyId, msgKey })
  await persist(() => store.requestCancel(replyId), pause)
  return 'stopped'
}
