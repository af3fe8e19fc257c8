import { createHash } from 'node:crypto'
import type { ReplyId } from '../core/reply/reply.ts'
import { parseReplyId } from '../core/reply/reply-id.ts'

/** Names the reply of a signed webhook that names none: the same webhook delivered again is the same reply. */
export const webhookReplyId = (webhookId: string): ReplyId =>
  parseReplyId(`webhook:${webhookId}`) ??
  (`webhook:${createHash('sha256').update(webhookId).digest('hex')}` as ReplyId)
