import { encodedBytes, encodedChunkBytes } from './message-size.ts'
import type { ChatSettings } from './settings.ts'

/** A message as a client would see it. */
export interface MessageView {
  readonly msgKey: string
  readonly msgSeq: number
  readonly msgRandom: number
  readonly from: string
  readonly to: string
  /** False for a message that a user typed. */
  readonly streamed: boolean
  readonly chunks: readonly string[]
  readonly text: string
  readonly finished: boolean
  /** Unix time of its first call, whole seconds. */
  readonly timeSeconds: number
}

/** A message in the service's memory. */
export interface Message {
  readonly msgKey: string
  readonly msgSeq: number
  readonly msgRandom: number
  readonly from: string
  readonly to: string
  readonly streamed: boolean
  readonly timeSeconds: number
  readonly openedAtMs: number
  /** Unix time of its newest change, whole seconds. */
  changedSeconds: number
  chunks: string[]
  /** Encoded size. */
  bytes: number
  finished: boolean
  /** True once it takes no chunk any more, though nobody finished it. */
  dead: boolean
}

/** A message about to be opened. */
export interface NewMessage {
  readonly from: string
  readonly to: string
  readonly streamed: boolean
  readonly chunk: string
  readonly finished: boolean
}

export const viewOf = (message: Message): MessageView => ({
  msgKey: message.msgKey,
  msgSeq: message.msgSeq,
  msgRandom: message.msgRandom,
  from: message.from,
  to: message.to,
  streamed: message.streamed,
  chunks: [...message.chunks],
  text: message.chunks.join(''),
  finished: message.finished,
  timeSeconds: message.timeSeconds,
})

const conversationOf = (one: string, other: string): string => [one, other].sort().join('\n')

/** Every message of every conversation, in the order in which they were opened. */
export const messageStore = ({ storedChunks }: Pick<ChatSettings, 'storedChunks'>) => {
  const joined = storedChunks === 'joined'
  const byKey = new Map<string, Message>()
  const byConversation = new Map<string, Message[]>()

  const messagesOf = (one: string, other: string): Message[] => {
    const name = conversationOf(one, other)
    const messages = byConversation.get(name) ?? []
    byConversation.set(name, messages)
    return messages
  }

  const open = ({ from, to, streamed, chunk, finished }: NewMessage, nowMs: number): Message => {
    const msgSeq = byKey.size + 1
    // Looks random, is the same in every run, and differs for every message.
    const msgRandom = Math.imul(msgSeq, 2_654_435_761) >>> 0
    const timeSeconds = Math.floor(nowMs / 1000)
    const msgKey = `${msgSeq}_${msgRandom}_${timeSeconds}`
    const chunks = [chunk]
    const bytes = encodedBytes(chunks)
    const message = {
      msgKey,
      msgSeq,
      msgRandom,
      from,
      to,
      streamed,
      timeSeconds,
      openedAtMs: nowMs,
      changedSeconds: timeSeconds,
      chunks,
      bytes,
      finished,
      dead: false,
    }
    byKey.set(msgKey, message)
    messagesOf(from, to).push(message)
    return message
  }

  /** The encoded size of a message with one more chunk. */
  const bytesWith = ({ bytes, chunks }: Message, chunk: string): number =>
    bytes + encodedChunkBytes(chunk, chunks.length, joined)

  const append = (message: Message, chunk: string, finish: boolean, nowMs: number): void => {
    message.bytes = bytesWith(message, chunk)
    if (joined) message.chunks = [message.chunks.join('') + chunk]
    else message.chunks.push(chunk)
    message.finished ||= finish
    message.changedSeconds = Math.floor(nowMs / 1000)
  }

  const replace = (
    message: Message,
    chunks: readonly string[],
    finished: boolean,
    nowMs: number,
  ): void => {
    message.chunks = [...chunks]
    message.bytes = encodedBytes(chunks)
    message.finished = finished
    message.changedSeconds = Math.floor(nowMs / 1000)
  }

  return {
    open,
    bytesWith,
    append,
    replace,
    conversation: (one: string, other: string): readonly Message[] => messagesOf(one, other),
    find: (msgKey: string): Message | undefined => byKey.get(msgKey),
    all: (): readonly MessageView[] => [...byKey.values()].map(viewOf),
  }
}

export type MessageStore = ReturnType<typeof messageStore>
