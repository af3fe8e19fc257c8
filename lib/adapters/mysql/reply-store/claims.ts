import { type Conversation, isSameConversation, type ReplyId } from '../../../core/reply/reply.ts'
import type { Clock, ReplyStore } from '../../../ports.ts'
import { idOf } from '../id.ts'
import { mysqlRecords, type RecordsOptions } from '../records.ts'
import { jsonIn } from '../row-values.ts'
import type { Columns } from '../session.ts'

/** As long as an open reply. */
const CLAIM_SECONDS = 7 * 86_400
/** A stop outlives any doubt about the call that opened its message. */
const STOP_SECONDS = 60

/** Whose a message is, and who stopped it before it was anybody's. */
interface Claim {
  readonly replyId?: ReplyId
  readonly stoppedIn?: Conversation
}

const claimIn = (row: Columns | undefined): Claim =>
  row === undefined ? {} : (jsonIn<Claim>(row, 'record') ?? {})

/** The table `msgkey`. */
export const messageClaims = (
  options: RecordsOptions & { readonly clock: Pick<Clock, 'now'> },
): Pick<ReplyStore, 'claimMessage' | 'keepStop' | 'findByMsgKey'> => {
  const claims = mysqlRecords('msgkey', ['record'], options)

  const kept = (claim: Claim, seconds: number): Columns => ({
    record: JSON.stringify(claim),
    expires_at: Math.ceil(options.clock.now() / 1_000) + seconds,
  })

  return {
    claimMessage: (msgKey, replyId, conversation) =>
      claims.change(idOf(msgKey), (row) => {
        const claim = claimIn(row)
        if (claim.replyId !== undefined && claim.replyId !== replyId) return { outcome: 'other' }
        const { stoppedIn } = claim
        const isStopped = stoppedIn !== undefined && isSameConversation(stoppedIn, conversation)
        const outcome = isStopped ? 'stopped' : 'own'
        if (claim.replyId === replyId) return { outcome }
        return { outcome, next: kept({ ...claim, replyId }, CLAIM_SECONDS) }
      }),
    keepStop: (msgKey, stoppedIn) =>
      claims.change(idOf(msgKey), (row) => {
        const { replyId } = claimIn(row)
        if (replyId !== undefined) return { outcome: replyId }
        return { outcome: undefined, next: kept({ stoppedIn }, STOP_SECONDS) }
      }),
    async findByMsgKey(msgKey) {
      return claimIn(await claims.find(idOf(msgKey))).replyId
    },
  }
}
