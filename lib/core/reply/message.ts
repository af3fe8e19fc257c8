import { chunkBytes, EMPTY_MESSAGE_BYTES } from '../text/encoded-size.ts'
import { advanceFence, NO_FENCE } from '../text/fence.ts'
import { EMPTY_HASH, hashText } from '../text/text-hash.ts'
import type { MessageProgress, MsgKey, Progress } from './reply.ts'

/** A message that nothing has been sent for. `reopen` is put before its first text. */
export const unsentMessage = (reopen = ''): MessageProgress => ({
  chars: 0,
  hash: EMPTY_HASH,
  bytes: EMPTY_MESSAGE_BYTES,
  fence: NO_FENCE,
  reopen,
})

/** The message after one more chunk was applied to it under `msgKey`. */
export const withChunk = (
  message: MessageProgress,
  text: string,
  msgKey: MsgKey,
): MessageProgress => ({ ...appended(message, text), msgKey })

/** The message with one more chunk, whatever its name. */
export const appended = (message: MessageProgress, text: string): MessageProgress => ({
  ...message,
  chars: message.chars + text.length,
  hash: hashText(message.hash, text),
  bytes: message.bytes + chunkBytes(text),
  fence: advanceFence(message.fence, text),
  reopen: '',
})

/** The same, for a way whose calls are numbered and take so much of the message's text along. */
export const withNumberedChunk = (
  message: MessageProgress,
  text: string,
  msgKey: MsgKey,
  carriedChars: number,
  atMs: number,
): MessageProgress => ({
  ...withChunk(message, text, msgKey),
  index: (message.index ?? 0) + 1,
  text: ((message.text ?? '') + text).slice(0, carriedChars),
  openedAtMs: message.openedAtMs ?? atMs,
})

/** A reply of which nothing has been sent. */
export const unsentProgress = (nowMs: number): Progress => ({
  msgKeys: [],
  message: unsentMessage(),
  sentChars: 0,
  sentSeq: -1,
  calls: 0,
  retries: 0,
  lostAnswers: 0,
  inDoubt: 0,
  truncated: false,
  settledEpoch: 0,
  lastCallAtMs: nowMs,
})
