import { EMPTY_HASH, hashText } from '../text/text-hash.ts'
import type { Conversation, Progress, ReplyId, WayName } from './reply.ts'

/** What the loop must know of a way to write a message; the calls themselves are the adapter's. */
export interface Way {
  readonly name: WayName
  /**
   * What is done about a call whose answer was lost. `readBack`: it may be applied twice, so the message is read first.
   * `repeat`: the same call takes effect once, however often it is made; so it is recorded whole before it is made.
   */
  readonly afterLostAnswer: 'readBack' | 'repeat'
  /** How much of a message's text every further call takes along, in UTF-16 units from its start. */
  readonly carriedChars: number
  /** True where a call that comes late undoes what was written after it. */
  readonly lateCallsUndo: boolean
  /** Least time between the starts of two calls, and the size of a message; those of the settings where absent. */
  readonly minGapMs?: number
  readonly messageBytes?: number
  /** Where the service ends a message that is silent for too long: what is done about it, and when. */
  readonly silence?: Silence
  /** True where a call may carry no text. */
  readonly takesEmpty: boolean
  /** How a reply in a group names who asked: by a field of the call, or in its text. */
  readonly namesAsker: 'beside' | 'inText'
  /** An opening that is repeated within this time after its first try opens no second message, in ms. */
  readonly sameOpeningForMs: number
}

interface Silence {
  /** After the start of the newest call, in ms. */
  readonly afterMs: number
  /** An empty chunk keeps the message open; where none is taken, the message is ended and the reply goes on in a new one. */
  readonly by: 'chunk' | 'end'
}

/** The ways that are there, and which of them a new reply takes. */
export interface Ways {
  readonly user: Way
  /** Absent where nothing is written into groups. */
  readonly group?: Way
  /** What is tried where the way of a new reply is refused; absent where that ends the reply. */
  readonly instead?: { readonly user: Way; readonly group: Way }
  readonly byName: Readonly<Record<WayName, Way>>
}

/** How a reply is written: as it was begun, and as the settings say where it was not. */
export const wayOf = (
  ways: Ways,
  { group }: Pick<Conversation, 'group'>,
  { way, calls }: { readonly way?: WayName | undefined; readonly calls: number },
): Way => {
  const begun = way && ways.byName[way]
  if (begun !== undefined) return begun
  if (group !== undefined) return ways.group ?? ways.byName.modify
  return calls > 0 ? ways.byName.stream_msg : ways.user
}

/** The progress of a reply that is about to begin: its first message opens with who asked, where the calls do not say that. */
export const namingAsker = (
  progress: Progress,
  { group }: Pick<Conversation, 'group'>,
  { namesAsker }: Way,
): Progress => {
  const isUnbegun = progress.msgKeys.length === 0 && progress.underWay === undefined
  if (group?.asker === undefined || namesAsker === 'beside' || !isUnbegun) return progress
  return { ...progress, message: { ...progress.message, reopen: `@${group.asker} ` } }
}

/**
 * Numbers a call of a message, as a 32-bit number that looks random and is the same whoever makes the call: the service knows a
 * repeated opening by it. `ordinal` counts the messages of the reply, `index` the calls of the message.
 */
export const callNumber = (replyId: ReplyId, ordinal: number, index: number): number =>
  Number.parseInt(hashText(EMPTY_HASH, `${replyId} ${ordinal} ${index}`).slice(8), 16)
