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
  readonly acceptEmptyChunk: boolean
  /** The ErrorCode of a call after `Finish`. */
  readonly afterFinishCode: number
  readonly readBack: 'all' | 'finishedOnly' | 'nothing' | 'refused'
  /** Of one page of `admin_getroammsg`, which holds one message at least. */
  readonly pageBytes: number
  readonly acceptModify: boolean
  /** Called after each change of a message, with the message as it is then. */
  readonly onChange: (message: MessageView) => void
}

/** What the documents say, and the stricter reading of what they do not. */
export const defaultSettings: ChatSettings = {
  requireRobots: false,
  maxRobots: 20,
  messageBytes: 12_288,
  callsPerSecond: 200,
  acceptEmptyChunk: false,
  afterFinishCode: 90_054,
  readBack: 'all',
  pageBytes: 13_312,
  acceptModify: true,
  onChange: () => {},
}
