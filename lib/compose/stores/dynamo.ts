import type { AwsCall } from '../../adapters/aws/aws-json-client.ts'
import { dynamoHistory } from '../../adapters/dynamo/history.ts'
import { dynamoReplyStore } from '../../adapters/dynamo/reply-store/index.ts'
import { dynamoStops } from '../../adapters/dynamo/reply-store/stops.ts'
import { dynamoServiceConversations } from '../../adapters/dynamo/service-conversations.ts'
import { dynamoSlotStore } from '../../adapters/dynamo/slot-store.ts'
import { dynamoTicketLock } from '../../adapters/dynamo/ticket-lock.ts'
import { dynamoUserRecords } from '../../adapters/dynamo/user-records.ts'
import { dynamoVerdictStore } from '../../adapters/dynamo/verdict-store.ts'
import { dynamoWebhookPaths } from '../../adapters/dynamo/webhook-paths.ts'
import { processClock as clock } from '../../adapters/runtime/steady-clock.ts'
import { type TableClock, tableClock } from '../../adapters/table-clock/table-clock.ts'
import type { ReplyStore, SlotStore, TicketLock, VerdictStore } from '../../ports.ts'
import { composeAws } from '../aws.ts'
import { expectKind, type HistoryKept, type StoreConfig, type StoreLimits } from './store-kind.ts'

const random = Math.random

/** The table, and its clock as all its clients in this process know it. */
export interface StoreAccess {
  readonly table: string
  readonly clock: TableClock
  /** A client of the table. */
  client(limits?: StoreLimits): AwsCall
}

/** Everything in one table of DynamoDB. The deployment's own TTL deletes what has expired. */
export const openStore = (
  config: StoreConfig,
  _readSecret: unknown,
  limits?: StoreLimits,
): StoreAccess => {
  expectKind(config, 'dynamodb')
  const { REPLIES_TABLE: table } = config
  // Any answer will do, the table's own refusal as well.
  const question = { TableName: table, Key: { pk: { S: 'budget#calls' } } }
  const client: StoreAccess['client'] = (own = limits) =>
    composeAws(config, 'dynamodb', { ...own, watch: access.clock.watch })
  const access = {
    table,
    client,
    clock: tableClock({ clock, ask: () => asking('DynamoDB_20120810.GetItem', question) }),
  }
  const asking = client()
  return access
}

export const replyStoreIn = ({ client, table }: StoreAccess): ReplyStore =>
  dynamoReplyStore({ call: client(), table, clock, random })

export const slotStoreIn = ({ client, table }: StoreAccess, limits: StoreLimits): SlotStore =>
  dynamoSlotStore({ call: client(limits), table })

export const ticketLockIn = ({ client, table }: StoreAccess): TicketLock =>
  dynamoTicketLock({ call: client(), table, random })

export const stopsIn = ({ client, table }: StoreAccess) =>
  dynamoStops({ call: client(), table, clock, random })

export const historyIn = ({ client, table }: StoreAccess, kept: HistoryKept) =>
  dynamoHistory({ call: client(), table, clock, ...kept })

export const serviceConversationsIn = ({ client, table }: StoreAccess, hours: number) =>
  dynamoServiceConversations({ call: client(), table, clock, hours })

export const userRecordsIn = ({ client, table }: StoreAccess, limits?: StoreLimits) =>
  dynamoUserRecords({ call: client(limits), table, clock })

export const webhookPathsIn = ({ client, table }: StoreAccess) =>
  dynamoWebhookPaths({ call: client(), table, clock })

export const verdictStoreIn = (
  { client, table }: StoreAccess,
  sdkAppId: number,
): VerdictStore | undefined => dynamoVerdictStore({ call: client(), table, sdkAppId })

/** The table's own TTL does. */
export const forgetExpired = async (_access: StoreAccess, _isOver: unknown): Promise<number> => 0
