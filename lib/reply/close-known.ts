import { callOf } from '../core/reply/chat-calls.ts'
import { type Notices, noticeAfter } from '../core/reply/notice.ts'
import { type Way, wayOf } from '../core/reply/way.ts'
import { callDropped, chunkApplied, startWriting, type Writing } from '../core/reply/writing.ts'
import type { WrittenMessage } from '../ports.ts'
import type { HeldReply } from './held.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/** Makes one last call of a poisoned reply. */
export type SendLast = (
  deps: WriterDeps,
  held: HeldReply,
  call: ReturnType<typeof callOf>,
) => Promise<
  | { readonly ok: true; readonly value: WrittenMessage }
  | { readonly ok: false; readonly error: 'left' | 'unreachable' }
>

/** How such a message stands afterwards; `opened` is one that holds the notice alone. */
export interface ClosedKnown {
  readonly state: 'closed' | 'left' | 'unreachable'
  readonly opened?: WrittenMessage
}

/**
 * Closes the message of a poisoned reply whose calls can be repeated, with a notice, in two calls at most: the one under way comes
 * first, since no other may be made in its place. What stands in the message is not read.
 */
export const closeKnown = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  send: SendLast,
): Promise<ClosedKnown> => {
  const { progress, conversation } = held.record
  const way = wayOf(settings.ways, conversation, progress)
  const begun = startWriting(progress, settings, way)
  const settled = await afterCallUnderWay(deps, held, begun, send)
  if ('state' in settled) return settled
  const { message, msgKeys } = settled.progress
  const isBetweenMessages = message.msgKey === undefined && msgKeys.length > 0
  if (settled.closed || isBetweenMessages) return { state: 'closed' }
  return withNotice(deps, held, settled, settings.notices, send)
}

const afterCallUnderWay = async (
  deps: WriterDeps,
  held: HeldReply,
  writing: Writing,
  send: SendLast,
): Promise<Writing | ClosedKnown> => {
  const { underWay, message } = writing.progress
  if (underWay === undefined) return writing
  const chunk = { text: underWay.text, finish: underWay.ends !== 'nothing' }
  const answer = await send(deps, held, lastCall(held, writing, chunk, true))
  if (answer.ok) {
    const { msgKey } = answer.value
    return chunkApplied(writing, underWay, message.msgKey ?? msgKey, deps.clock.now())
  }
  return answer.error === 'unreachable' ? { state: 'unreachable' } : callDropped(writing)
}

const withNotice = async (
  deps: WriterDeps,
  held: HeldReply,
  writing: Writing,
  { failed }: Notices,
  send: SendLast,
): Promise<ClosedKnown> => {
  const { message } = writing.progress
  const isOpen = message.msgKey !== undefined
  const text = isOpen ? noticeAfter(message.fence, true, failed) : message.reopen + failed
  const answer = await send(deps, held, lastCall(held, writing, { text, finish: true }, false))
  if (answer.ok) return { state: 'closed', ...(isOpen ? {} : { opened: answer.value }) }
  return { state: answer.error === 'left' && endsBySilence(writing.way) ? 'closed' : answer.error }
}

/** What takes no call any more is a stream that the service has ended, or ends soon. */
const endsBySilence = ({ silence }: Way): boolean => silence !== undefined

const lastCall = (
  { record }: HeldReply,
  { progress, way }: Writing,
  chunk: { readonly text: string; readonly finish: boolean },
  again: boolean,
) => callOf({ ...record, progress }, way, chunk, again)
