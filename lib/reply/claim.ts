import type { Conversation, MsgKey, ReplyId } from '../core/reply/reply.ts'
import type { Log, ReplyStore } from '../ports.ts'
import { persist } from './persist.ts'
import type { Pause } from './waiting.ts'

/**
 * Claims a message for a reply. Where somebody pressed Stop at it before it was claimed, the reply is asked to stop: `'stopped'`.
 * What says `'other'` is not ours and must not be written into. Rejects where the store stays out of reach.
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
