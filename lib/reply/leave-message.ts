import { callOf } from '../core/reply/chat-calls.ts'
import type { MsgKey } from '../core/reply/reply.ts'
import { abandonMessage, repeatLater } from '../core/reply/writing.ts'
import { closeByOverwriting, type Looked, lookUp } from './read-message.ts'
import type { Session } from './session.ts'

/** When a message that could not be read is looked for once more before the text goes on without it, in ms. */
const LOOK_AGAIN_MS = 500

/** The service takes not one more character. */
export const closeFull = async (session: Session, msgKey: MsgKey): Promise<void> => {
  if (session.writing.way.takesEmpty) return leaveKnown(session, msgKey)
  const looked = await lookTwice(session, msgKey)
  leave(session, msgKey, looked.outcome === 'shown' && (await overwrite(session, looked)))
}

/** The service says that it does not know the message. */
export const replaceLost = async (session: Session, msgKey: MsgKey): Promise<void> => {
  if (session.writing.way.afterLostAnswer === 'repeat') return replaceKnown(session, msgKey)
  const isFirst = session.writing.failures === 1
  const looked = await (isFirst ? look : lookTwice)(session, msgKey)
  const isGone =
    looked.outcome === 'absent' || (looked.outcome === 'shown' && looked.message.finished)
  if (isGone) return leave(session, msgKey, true)
  // It is there, or may be: perhaps only that answer was wrong.
  if (isFirst) {
    session.writing = repeatLater(session.writing, session.deps.clock.now(), false)
    return
  }
  leave(session, msgKey, looked.outcome === 'shown' && (await overwrite(session, looked)))
}

/** What the message holds is known: it is not read. Perhaps only that answer was wrong. */
const replaceKnown = async (session: Session, msgKey: MsgKey): Promise<void> => {
  const { writing, deps } = session
  if (writing.failures > 1) return leaveKnown(session, msgKey)
  session.writing = repeatLater(writing, deps.clock.now(), false)
}

/** Closes a message as it is. Where it takes not even that, the service has ended it, or does so when it is silent. */
const leaveKnown = async (session: Session, msgKey: MsgKey): Promise<void> => {
  const { deps, held, writing } = session
  const { way, progress } = writing
  const reply = { ...held.record, progress }
  const close = (again: boolean) =>
    deps.chatApi.sendChunk(callOf(reply, way, { text: '', finish: true }, again))
  const closed = await close(false)
  if (!closed.ok && closed.error.reason === 'inDoubt') await close(true)
  leave(session, msgKey, true)
}

const look = ({ deps, held }: Session, msgKey: MsgKey): Promise<Looked> =>
  lookUp(deps.chatApi, held.record.conversation, msgKey)

/** A read that fails says nothing about the message, and the next one may tell. */
const lookTwice = async (session: Session, msgKey: MsgKey): Promise<Looked> => {
  const looked = await look(session, msgKey)
  if (looked.outcome !== 'unreadable') return looked
  return (await session.held.waiting.pause(LOOK_AGAIN_MS)) ? look(session, msgKey) : looked
}

const overwrite = (
  { deps, held }: Session,
  { message }: Extract<Looked, { readonly outcome: 'shown' }>,
): Promise<boolean> => closeByOverwriting(deps.chatApi, held.record.conversation, message)

/** One that may be open is looked for again at the reply's end, and by the sweeper. */
export const leave = (session: Session, msgKey: MsgKey, closed: boolean): void => {
  const { replyId } = session.held.record
  session.deps.log.warn(closed ? 'message-left' : 'message-left-open', { replyId, msgKey })
  session.writing = abandonMessage(session.writing, closed ? undefined : msgKey)
}
