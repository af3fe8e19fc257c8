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
  /** Present where `to` is a group. */
  readonly group?: true
  /** The name of a native stream. */
  readonly streamId?: string
  /** Members that the message names. */
  readonly names?: readonly string[]
  /** What clients that know no streams show. */
  readonly compatibleText?: string
  /** The service has ended a stream that nobody went on with. */
  readonly endedBySilence?: true
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
  readonly group?: true
  readonly streamId?: string
  readonly names?: readonly string[]
  compatibleText?: string
  endedBySilence?: true
  /** Unix time of its newest change, whole seconds, and in ms. */
  changedSeconds: number
  changedAtMs: number
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
  readonly group?: true
  /** Chosen by the caller; else by the service. In a group the sequence number is the service's. */
  readonly msgSeq?: number
  readonly msgRandom?: number
  readonly isStream?: true
  readonly names?: readonly string[]
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
  ...(message.group && { group: true }),
  ...(message.streamId !== undefined && { streamId: message.streamId }),
  ...(message.names && { names: message.names }),
  ...(message.endedBySilence && { endedBySilence: true }),
  ...(message.compatibleText !== undefined && { compatibleText: message.compatibleText }),
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

  const groups = new Map<string, Message[]>()

  const messagesIn = (groupId: string): Message[] => {
    const messages = groups.get(groupId) ?? []
    groups.set(groupId, messages)
    return messages
  }

  const open = (
    { from, to, streamed, chunk, finished, ...given }: NewMessage,
    nowMs: number,
  ): Message => {
    const count = byKey.size + 1
    const msgSeq = given.group ? messagesIn(to).length + 1 : (given.msgSeq ?? count)
    // Looks random, is the same in every run, and differs for every message.
    const msgRandom = given.msgRandom ?? Math.imul(count, 2_654_435_761) >>> 0
    const timeSeconds = Math.floor(nowMs / 1000)
    const msgKey = `${msgSeq}_${msgRandom}_${timeSeconds}`
    const chunks = [chunk]
    const bytes = encodedBytes(chunks)
    const message: Message = {
      msgKey,
      msgSeq,
      msgRandom,
      from,
      to,
      streamed,
      timeSeconds,
      openedAtMs: nowMs,
      ...(given.group && { group: true }),
      ...(given.isStream && { streamId: `stream-${count}-${msgRandom}` }),
      ...(given.names && { names: given.names }),
      changedSeconds: timeSeconds,
      changedAtMs: nowMs,
      chunks,
      bytes,
      finished,
      dead: false,
    }
    byKey.set(given.group ? `${to} ${msgKey}` : msgKey, message)
    if (given.group) messagesIn(to).push(message)
    else messagesOf(from, to).push(message)
    return message
  }

  const touch = (message: Message, nowMs: number): void => {
    message.changedSeconds = Math.floor(nowMs / 1000)
    message.changedAtMs = nowMs
  }

  /** The encoded size of a message with one more chunk. */
  const bytesWith = ({ bytes, chunks }: Message, chunk: string): number =>
    bytes + encodedChunkBytes(chunk, chunks.length, joined)

  const append = (message: Message, chunk: string, finish: boolean, nowMs: number): void => {
    message.bytes = bytesWith(message, chunk)
    if (joined) message.chunks = [message.chunks.join('') + chunk]
    else message.chunks.push(chunk)
    message.finished ||= finish
    touch(message, nowMs)
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
    touch(message, nowMs)
  }

  return {
    open,
    bytesWith,
    append,
    replace,
    conversation: (one: string, other: string): readonly Message[] => messagesOf(one, other),
    inGroup: (groupId: string): readonly Message[] => messagesIn(groupId),
    findStream: (streamId: string): Message | undefined =>
      [...byKey.values()].find((message) => message.streamId === streamId),
    /** Every message itself, to change. */
    each: (): readonly Message[] => [...byKey.values()],
    find: (msgKey: string): Message | undefined => byKey.get(msgKey),
    all: (): readonly MessageView[] => [...byKey.values()].map(viewOf),
  }
}

export type MessageStore = ReturnType<typeof messageStore>
