import { atOnce } from '../core/reply/writing.ts'
import { noticeEnd } from './end-early.ts'
import type { Session } from './session.ts'

/** Takes over what the record has shown of the text since the last look. */
export const refreshText = ({ held: { lease }, text }: Session): void => {
  const state = lease.state()
  if (state !== undefined) text.refresh(state)
}

/** Checks what has changed before the next move is planned. Returns why the writer must leave the reply, if it must. */
export const look = async (session: Session): Promise<'superseded' | 'handedOver' | undefined> => {
  const { lease, waiting, handOver } = session.held
  if (lease.lost()) return 'superseded'
  // Comes first: ending the reply cuts its text short, and the next writer must still recognize that text.
  if (handOver.aborted && !session.writing.closed) {
    await lease.settled()
    return 'handedOver'
  }
  refreshText(session)
  if (waiting.ends() === 'stopped') {
    session.writing = atOnce(session.writing)
    waiting.noticeStop()
  }
  noticeEnd(session)
  return undefined
}
