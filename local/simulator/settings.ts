import type { MessageView } from './messages.ts'

/**
 * How the simulated service behaves where Tencent's documents leave it open, and its limits. Nothing may depend on one of
 * the open answers: tests run with several.
 */
export interface ChatSettings {
  /** Whether only robots that were created may send. */
  readonly requireRobots: boolean
  readonly maxRobots: number
  /** Of the encoded `MsgBody`. */
  readonly messageBytes: number
  /** For each command, in any second. */
  readonly callsPerSecond: number
  /** `ignored` is answered OK and changes nothing; an empty chunk that is accepted may carry `Finish`. */
  readonly emptyChunk: 'accepted' | 'refused' | 'ignored'
  /** What becomes of a call after `Finish`; `ignored` is answered OK. */
  readonly afterFinish: 'refused' | 'ignored' | 'appended'
  readonly afterFinishCode: number
  /** The ErrorCode of a call that would make its message too long. */
  readonly tooLongCode: number
  /** Whether a message takes no chunk any more once one was too long for it. */
  readonly tooLongEnds: boolean
  /** Whether each chunk is an element of its own in what is stored. */
  readonly storedChunks: 'apart' | 'joined'
  /** The protocol's marker in what is stored. */
  readonly chatbotPlugin: 1 | 2
  readonly readBack: 'all' | 'finishedOnly' | 'nothing' | 'refused'
  /** A message can be read back this long after it was opened, in ms; finished ones too. */
  readonly hiddenForMs: number
  /** The time under which a message is found: its first call's, as in its MsgKey, or its newest change's. */
  readonly readBackTime: 'opened' | 'changed'
  /** Of one page of `admin_getroammsg`, which holds one message at least. */
  readonly pageBytes: number
  readonly acceptModify: boolean
  /** The ErrorCode where it is not accepted. */
  readonly modifyCode: number
  /** Who is in which group; every group is there and everybody in it where this is absent. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  /** How many messages and changes a group takes in a second. */
  readonly groupCallsPerSecond: number
  /** For so long the service knows an opening again by its number, in ms, and what a repeated one does in a native stream. */
  readonly sameNumberMs: number
  readonly repeatedStream: 'same' | 'second'
  /** `modify_group_msg` of a message that was opened to be streamed. */
  readonly acceptGroupModify: boolean
  /** Whether a group can be read back. */
  readonly readGroup: 'all' | 'refused'
  /** Whether the newer streams are there; `unnamed` answers OK and names no stream. */
  readonly native: 'there' | 'absent' | 'unnamed'
  /** What the answer that opens a native stream carries beside its name. */
  readonly nativeAnswers: 'all' | 'streamOnly'
  /** An index that was used before with the same text; `accepted` changes nothing. */
  readonly repeatedIndex: 'refused' | 'accepted'
  readonly repeatedIndexCode: number
  /** An empty chunk of a native stream, as it closes the stream and as it keeps it open. */
  readonly nativeEmptyLast: 'accepted' | 'refused'
  readonly nativeEmptyChunk: 'accepted' | 'refused'
  /** A native stream is ended after so long without a chunk, in ms. */
  readonly nativeSilenceMs: number
  /** UTF-8 bytes of a native stream's text. */
  readonly nativeBytes: number
  readonly nativeCallsPerSecond: number
  /** Native streams a day, of a trial plan. */
  readonly nativePerDay: number
  /** Where callbacks come from, as `GetIPList` tells it. */
  readonly callbackAddresses: readonly string[]
  /** Called after each change of a message, with the message as it is then. */
  readonly onChange: (message: MessageView) => void
}

/** What the documents say, and the stricter reading of what they do not. */
export const defaultSettings: ChatSettings = {
  requireRobots: false,
  maxRobots: 20,
  messageBytes: 12_288,
  callsPerSecond: 200,
  emptyChunk: 'refused',
  afterFinish: 'refused',
  afterFinishCode: 90_054,
  tooLongCode: 80_002,
  tooLongEnds: false,
  storedChunks: 'apart',
  chatbotPlugin: 2,
  readBack: 'all',
  hiddenForMs: 0,
  readBackTime: 'opened',
  pageBytes: 13_312,
  acceptModify: true,
  modifyCode: 90_054,
  groupCallsPerSecond: 40,
  sameNumberMs: 300_000,
  repeatedStream: 'same',
  acceptGroupModify: true,
  readGroup: 'all',
  native: 'there',
  nativeAnswers: 'all',
  repeatedIndex: 'refused',
  repeatedIndexCode: 10_004,
  nativeEmptyLast: 'accepted',
  nativeEmptyChunk: 'accepted',
  nativeSilenceMs: 15_000,
  nativeBytes: 131_072,
  nativeCallsPerSecond: 5,
  nativePerDay: Number.POSITIVE_INFINITY,
  callbackAddresses: ['127.0.0.1', '::1'],
  onChange: () => {},
}
