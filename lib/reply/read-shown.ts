import type { Conversation, MsgKey, Progress } from '../core/reply/reply.ts'
import { joinShown } from '../core/reply/shown-text.ts'
import type { ChatApi, Clock } from '../ports.ts'
import { readMessage } from './read-message.ts'

/** What was applied a moment ago may not be shown yet, in ms. */
const READ_AGAIN_MS = [300, 1_000, 2_000, 3_000]

interface Deps {
  readonly chatApi: ChatApi
  readonly clock: Clock
}

/**
 * The text of a reply as its messages show it, without what rollovers added. `undefined` where it cannot be read, or something
 * else stands there. Never rejects.
 */
export const readShown = async (
  { chatApi, clock }: Deps,
  conversation: Conversation,
  { msgKeys, sentChars, message }: Progress,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const texts = new Map<MsgKey, string>()
  const readMissing = async () => {
    for (const msgKey of msgKeys.filter((key) => !texts.has(key))) {
      const shown = await readMessage(chatApi, conversation, msgKey, signal)
      if (shown?.text !== undefined) texts.set(msgKey, shown.text)
    }
  }
  // What the next message will open with tells what was closed at the end of the last one.
  const next = message.msgKey === undefined ? [message.reopen] : []
  const joined = () => {
    const shown = msgKeys.map((msgKey) => texts.get(msgKey) ?? '')
    return texts.size < msgKeys.length ? undefined : joinShown([...shown, ...next], sentChars)
  }

  await readMissing()
  for (const againMs of READ_AGAIN_MS) {
    const text = joined()
    if (text !== undefined || signal.aborted) return text
    await clock.sleep(againMs, signal)
    // Only the newest message can still have grown.
    for (const newest of msgKeys.slice(-1)) texts.delete(newest)
    await readMissing()
  }
  return joined()
}
