import { setTimeout as wait } from 'node:timers/promises'
import type { StoredReply } from '../page-server/stored-replies.ts'

const LOOKS = 4
const BETWEEN_MS = 250

/** Says why a reply failed, in the words of its record; the functions' own log has its kind alone. */
export const tellFailures =
  (
    read: () => Promise<readonly StoredReply[]>,
    note: (functionName: string, sentence: string) => void,
  ) =>
  (replyId: string, functionName: string): void =>
    void (async () => {
      for (let look = 0; look < LOOKS; look++) {
        const replies = await read().catch(() => [])
        const detail = detailOf(replies.find((one) => one.replyId === replyId))
        if (detail !== undefined) return note(functionName, `${replyId} failed: ${detail}`)
        await wait(BETWEEN_MS, undefined, { ref: false })
      }
    })()

const detailOf = (reply: StoredReply | undefined): string | undefined => {
  const failure = reply?.item['failure']
  return typeof failure === 'object' && failure !== null && 'detail' in failure
    ? String(failure.detail)
    : undefined
}
