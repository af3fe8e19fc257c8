import { createHash } from 'node:crypto'
import type { Conversation } from '../../core/reply/reply.ts'

/** Names a conversation's group in the queue; UserIDs may hold characters that SQS does not take. */
export const groupOf = ({ from, to }: Conversation): string => digest([from, to])

/** A name of 64 characters that differs where a part does. */
export const digest = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex')
