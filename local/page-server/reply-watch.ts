import type { AwsCall } from '../../lib/adapters/aws/aws-json-client.ts'
import { readStoredReplies, type StoredReply } from './stored-replies.ts'

/** Keeps an eye on the stored replies while somebody looks. */
export interface ReplyWatch {
  readonly replies: () => readonly StoredReply[]
  close(): void
}

const LOOK_MS = 250

export interface ReplyWatchOptions {
  readonly call: AwsCall
  readonly table: string
  /** False spares the table the reading. */
  readonly wanted: () => boolean
  /** Called after each look. */
  readonly changed: () => void
}

export const watchReplies = ({ call, table, wanted, changed }: ReplyWatchOptions): ReplyWatch => {
  let replies: readonly StoredReply[] = []
  let looking = false
  const look = async (): Promise<void> => {
    if (looking || !wanted()) return
    looking = true
    // A look that fails is followed by another.
    replies = await readStoredReplies(call, table).catch(() => replies)
    looking = false
    changed()
  }
  const timer = setInterval(() => void look(), LOOK_MS)
  return { replies: () => replies, close: () => clearInterval(timer) }
}
