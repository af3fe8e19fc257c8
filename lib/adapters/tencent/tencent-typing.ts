import type { Clock, TypingSignal } from '../../ports.ts'
import type { TencentCall } from './tencent-call.ts'

/**
 * One call in so many ms from each process: all workers together stay inside the 200 calls a second of `sendmsg`, of which the
 * replies themselves take none.
 */
const LEAST_GAP_MS = 1_000

/** What TUIKit sends, and shows as "is typing". */
const data = JSON.stringify({
  businessID: 'user_typing_status',
  typingStatus: 1,
  version: 1,
  userAction: 14,
  actionParam: 'EIMAMSG_InputStatus_Ing',
})

/**
 * "Is typing" by `openim/sendmsg` (document 1047/34919). Online-only, and kept for no time: which of the two the service goes by is
 * not documented. Where another call was made just before, nothing is shown this time.
 */
export const tencentTyping = (
  call: TencentCall,
  { clock, random }: { readonly clock: Pick<Clock, 'now'>; readonly random: () => number },
): TypingSignal => {
  let nextAtMs = 0
  return {
    async show({ from, to }, signal) {
      if (clock.now() < nextAtMs || signal.aborted) return
      nextAtMs = clock.now() + LEAST_GAP_MS
      const body = {
        SyncOtherMachine: 2,
        From_Account: from,
        To_Account: to,
        MsgRandom: Math.floor(random() * 4_294_967_296),
        OnlineOnlyFlag: 1,
        MsgLifeTime: 0,
        MsgBody: [{ MsgType: 'TIMCustomElem', MsgContent: { Data: data } }],
      }
      // Whatever the answer is, the next try is the same.
      await call('openim/sendmsg', body, signal).then(undefined, () => undefined)
    },
  }
}
