import type { Repeatable, StreamCall } from '../../../core/reply/chat-calls.ts'
import type { ChatFailure } from '../../../core/reply/chat-failure.ts'
import type { MsgKey } from '../../../core/reply/reply.ts'
import { err, ok } from '../../../core/result.ts'
import { wellFormed } from '../../../core/text/well-formed.ts'
import type { WrittenMessage } from '../../../ports.ts'
import { groupClaimKey, groupMsgKey, msgSeqOf, topicOf } from '../group-key.ts'
import type { SendChunk } from '../send-chunk.ts'
import { COMPATIBLE_CHARS } from './way.ts'

export interface NativeCalls {
  /** `EventType` of an empty chunk that keeps a stream open. */
  readonly keepAliveEvent: string
}

const MORE = ' …'

/** What clients that know no streams show: the beginning of the text, as far as it has come. */
const compatibleText = (text: string): string =>
  text.length < COMPATIBLE_CHARS ? text : wellFormed(text.slice(0, COMPATIBLE_CHARS)) + MORE

const elementOf = (
  { text, msgKey, finish }: StreamCall,
  { index, before }: Repeatable,
  keepAliveEvent: string,
): object => ({
  MsgType: 'TIMStreamElem',
  MsgContent: {
    CompatibleText: compatibleText(before + text),
    Chunks: [
      {
        EventType: text === '' && !finish ? keepAliveEvent : 'data',
        Index: index,
        Markdown: text,
        IsLast: finish,
      },
    ],
    ...(msgKey !== undefined && { StreamMsgID: msgKey }),
  },
})

const bodyOf = (call: StreamCall, repeatable: Repeatable, keepAliveEvent: string): object => {
  const { from, to, group } = call
  const { number, openingNumber } = repeatable
  const MsgBody = [elementOf(call, repeatable, keepAliveEvent)]
  if (group === undefined) {
    // The sequence number is the caller's to choose; with it a client's name of the message is known beforehand.
    const ends = { SyncOtherMachine: 1, From_Account: from, To_Account: to }
    return { ...ends, MsgSeq: openingNumber, MsgRandom: number, MsgBody }
  }
  // Tencent's document says MsgRandom, its own plugin sends Random.
  const place = { GroupId: to, From_Account: from, ...topicOf(group) }
  return { ...place, MsgRandom: number, Random: number, MsgBody }
}

interface Answer {
  readonly [field: string]: unknown
}

const groupKeyOf = (answer: Answer, groupId: string, random: number): MsgKey | undefined => {
  const msgKey = groupMsgKey(answer, random)
  return msgKey && groupClaimKey(groupId, msgSeqOf(msgKey))
}

/** The stream that a call has opened, and the names that a client may give it. */
const openedStream = (
  answer: Answer,
  { group, to }: StreamCall,
  { openingNumber }: Repeatable,
): WrittenMessage | undefined => {
  const { StreamMsgID: streamId, MsgKey: msgKey } = answer
  if (typeof streamId !== 'string' || streamId === '') return undefined
  const named = typeof msgKey === 'string' && msgKey !== '' ? (msgKey as MsgKey) : undefined
  const byNumbers =
    group === undefined
      ? (`${openingNumber}_${openingNumber}` as MsgKey)
      : groupKeyOf(answer, to, openingNumber)
  const otherKeys = [named, byNumbers].filter((key) => key !== undefined)
  return { msgKey: streamId as MsgKey, otherKeys }
}

/**
 * An index that was used before is refused, with a code that no document names: whatever is refused only when the call is
 * repeated was applied the first time. A text that moderation holds back would have been so then as well.
 */
const wasApplied = (failure: ChatFailure, { again }: Repeatable): boolean =>
  again && failure.reason === 'refused' && failure.moderated !== true

const NO_STREAM: ChatFailure = {
  reason: 'refused',
  code: 0,
  detail:
    'The service answered OK without a StreamMsgID: native streams seem not to be there in this region.',
}

const commandOf = ({ group }: StreamCall): string =>
  `stream_msg/send_${group === undefined ? 'c2c' : 'group'}_stream_msg`

/** `send_c2c_stream_msg` and `send_group_stream_msg` (documents 269/128596 and 269/128597). */
export const sendNative =
  ({ keepAliveEvent }: NativeCalls): SendChunk =>
  async (call, chunk, signal, mayStart) => {
    const { repeatable, msgKey } = chunk
    if (repeatable === undefined) throw new Error('a native call needs its index')
    const body = bodyOf(chunk, repeatable, keepAliveEvent)
    const answer = await call(commandOf(chunk), body, signal, mayStart)
    if (msgKey !== undefined) {
      const isApplied = answer.ok || wasApplied(answer.error, repeatable)
      return isApplied ? ok({ msgKey }) : answer
    }
    if (!answer.ok) return answer
    const opened = openedStream(answer.value, chunk, repeatable)
    return opened === undefined ? err(NO_STREAM) : ok(opened)
  }
