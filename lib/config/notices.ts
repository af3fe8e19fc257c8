import { DEFAULT_NOTICES } from '../core/reply/notice.ts'
import { notice } from './kinds.ts'

/** What stands where a reply has no text of its own to end with. */
export const noticeVariables = {
  NOTICE_EMPTY: notice(DEFAULT_NOTICES.empty),
  NOTICE_FAILED: notice(DEFAULT_NOTICES.failed),
  NOTICE_INTERRUPTED: notice(DEFAULT_NOTICES.interrupted),
  NOTICE_CUT: notice(DEFAULT_NOTICES.cut),
  NOTICE_WITHHELD: notice(DEFAULT_NOTICES.withheld),
}
