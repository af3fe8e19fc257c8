import type { Message } from './messages.ts'

/** The service ends a stream that has had no chunk for too long. */
export const endIfSilent = (message: Message, silenceMs: number, nowMs: number): void => {
  if (message.streamId === undefined || message.finished) return
  if (nowMs - message.changedAtMs <= silenceMs) return
  message.finished = true
  message.endedBySilence = true
}
