import type { TableClock } from '../../adapters/table-clock/table-clock.ts'
import type { Config } from '../../config.ts'
import type {
  ConversationHistory,
  ReplyStore,
  ServiceConversations,
  SlotStore,
  TicketLock,
  UserRecords,
  WebhookPaths,
} from '../../ports.ts'
import type { AcceptCallbackDeps } from '../../use-cases/accept-callback.ts'
import type { AwsConfig } from '../aws.ts'
import type { ReadSecret } from '../secrets.ts'

/** What says where replies are kept. */
export type StoreConfig = AwsConfig &
  Pick<
    Config,
    | 'REPLIES_STORE'
    | 'REPLIES_TABLE'
    | 'MYSQL_URL'
    | 'MYSQL_TLS'
    | 'MYSQL_CA'
    | 'MYSQL_MAX_CONNECTIONS'
  >

/** How long a store is waited for; see each for what is taken where nothing is said. */
export interface StoreLimits {
  /** Of one try. */
  readonly timeoutMs: number
  readonly tries: number
}

/** How many turns of a conversation are remembered, and for how many hours after the last. */
export interface HistoryKept {
  readonly maxTurns: number
  readonly hours: number
}

/** A store as all its clients in this process reach it, and its clock as they know it. */
interface StoreAccess {
  readonly clock: TableClock
}

/**
 * A file that stands for `#stores` (package.json, `imports`). One of them is bundled, with what it imports and nothing of the
 * other; what a function does not call of it is left out.
 */
export interface StoreKind<Access extends StoreAccess> {
  openStore(config: StoreConfig, readSecret: ReadSecret, limits?: StoreLimits): Access
  /** Its times are the store's. */
  replyStoreIn(access: Access): ReplyStore
  slotStoreIn(access: Access, limits: StoreLimits): SlotStore
  ticketLockIn(access: Access): TicketLock
  /** What a function needs of it that writes no reply. */
  stopsIn(access: Access): AcceptCallbackDeps['store']
  historyIn(access: Access, kept: HistoryKept): ConversationHistory
  serviceConversationsIn(access: Access, hours: number): ServiceConversations
  userRecordsIn(access: Access, limits?: StoreLimits): UserRecords
  webhookPathsIn(access: Access): WebhookPaths
  /** Deletes what is of no use any more, where the store does not by itself. Resolves with how many records that were. */
  forgetExpired(access: Access, isOver: () => boolean): Promise<number>
}

/** Throws where a package holds another kind of store than its environment names. */
export const expectKind = (
  { REPLIES_STORE: named }: StoreConfig,
  kind: Config['REPLIES_STORE'],
) => {
  if (named === kind) return
  throw new Error(
    `The environment is not right:\n  REPLIES_STORE is ${named}, and these functions were packaged for ${kind}: package them with REPLIES_STORE=${named}, at Tencent Cloud`,
  )
}
