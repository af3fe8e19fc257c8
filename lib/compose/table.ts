import type { AwsCall } from '../adapters/aws/aws-json-client.ts'
import { processClock } from '../adapters/runtime/steady-clock.ts'
import { type TableClock, tableClock } from '../adapters/table-clock/table-clock.ts'
import type { Config } from '../config.ts'
import { type AwsConfig, type AwsLimits, composeAws } from './aws.ts'

/** The table, and its clock as all its clients in this process know it. */
export interface TableAccess {
  readonly name: string
  readonly clock: TableClock
  /** A client of the table. */
  client(limits?: AwsLimits): AwsCall
}

type TableConfig = AwsConfig & Pick<Config, 'REPLIES_TABLE'>

export const composeTable = (config: TableConfig, limits: AwsLimits = {}): TableAccess => {
  const { REPLIES_TABLE: name } = config
  // Any answer will do, the table's own refusal as well.
  const question = { TableName: name, Key: { pk: { S: 'budget#calls' } } }
  const client: TableAccess['client'] = (own = limits) =>
    composeAws(config, 'dynamodb', { ...own, watch: clock.watch })
  const clock = tableClock({
    clock: processClock,
    ask: () => asking('DynamoDB_20120810.GetItem', question),
  })
  const asking = client()
  return { name, clock, client }
}
