import { noticeAfter, noticeOf } from '../core/reply/notice.ts'
import type { ReplyFailure } from '../core/reply/reply.ts'
import type { Ending } from '../core/reply/writing.ts'
import { advanceFence } from '../core/text/fence.ts'
import { firstClusterLength } from '../core/text/graphemes.ts'
import type { Session } from './session.ts'

/** Checks whether somebody stopped the reply or its source broke off, and if so ends it. */
export const noticeEnd = (session: Session): void => {
  const { held, text, deps, settings } = session
  if (held.lease.cancelRequested()) interrupt(session)
  const broken = text.failure()
  if (broken === undefined) return

  const { failure, error } = broken
  const { replyId } = held.record
  deps.log.warn('text-broken-off', { replyId, ...failure, error: nameOf(error) })
  const notice = noticeOf(settings.notices, failure)
  endEarly(session, { status: 'failed', failure }, withNotice(session, notice))
}

/** An error of a source may quote the request, so only its kind is shown. */
const nameOf = (error: unknown): string => {
  if (error === undefined) return ''
  return error instanceof Error ? error.name : `a thrown ${typeof error}`
}

/** Ends a text that has no unsent characters left to close its message with: a notice closes it. */
export const endWithoutText = (session: Session): void => {
  const { empty, failed } = session.settings.notices
  const shown = session.writing.progress.msgKeys.length > 0
  session.text.endWith(() => withNotice(session, shown ? failed : empty)(''))
}

/** Ends a reply that the service refused: its open message is closed with a notice, once. `moderated`: another text would pass. */
export const endRefused = (session: Session, failure: ReplyFailure, moderated: boolean): void => {
  const { deps, settings, writing, endsEarly } = session
  const { replyId } = session.held.record
  const { code, detail } = failure
  deps.log.warn('refused', { replyId, code, detail })
  deps.metrics?.record({ Refused: 1 }, about(replyId, { code: String(code ?? 'none') }))
  // Nothing more is tried after a second refusal, or where no message is open.
  const worthClosing = !endsEarly && (writing.progress.message.chars > 0 || moderated)
  endEarly(session, { status: 'failed', failure }, () =>
    worthClosing ? withNotice(session, settings.notices.failed)('') : '',
  )
  if (!worthClosing) session.writing = { ...session.writing, closed: true }
}

const about = (replyId: string, dimensions: Readonly<Record<string, string>>) => ({
  dimensions,
  properties: { replyId },
})

/** From here on only what `rest` makes of the unsent text will be sent. */
const endEarly = (session: Session, ending: Ending, rest: (unsent: string) => string): void => {
  if (session.endsEarly) return
  session.endsEarly = true
  session.writing = { ...session.writing, ending }
  session.text.endWith(rest)
}

/** Keeps what was sent and adds one more cluster, since an empty chunk cannot close the message. */
const interrupt = (session: Session): void => {
  const { message, msgKeys } = session.writing.progress
  endEarly(session, { status: 'interrupted' }, (unsent) => {
    if (message.chars === 0 && msgKeys.length > 0) return ''
    const last = unsent.slice(0, firstClusterLength(unsent))
    return last === '' ? withNotice(session, session.settings.notices.interrupted)('') : last
  })
}

const withNotice =
  ({ writing }: Session, notice: string) =>
  (unsent: string): string => {
    const { message } = writing.progress
    const fence = advanceFence(message.fence, message.reopen + unsent)
    return unsent + noticeAfter(fence, message.chars + unsent.length > 0, notice)
  }
