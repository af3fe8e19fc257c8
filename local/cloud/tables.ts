import { type AwsCall, awsJsonClient } from '../../lib/adapters/aws/aws-json-client.ts'
import type { AwsCredentials } from '../../lib/adapters/aws/aws-signature.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import type { ServiceFile } from '../stack/service-file.ts'
import { createTable } from './dynamo-table.ts'
import { startEmbeddedDynamo } from './embedded-dynamo.ts'

/** DynamoDB on this machine, with the tables of serverless.yml. */
export interface LocalTables {
  readonly engine: string
  readonly endpoint: string
  readonly call: AwsCall
  /** Names by the names of their resources. */
  readonly tables: ReadonlyMap<string, string>
  close(): Promise<void>
}

/**
 * Starts an empty DynamoDB on the loopback interface and creates the tables. It is dynalite: the other engine is a program of its
 * own, which answers any page that a browser on this machine shows.
 */
export const startLocalTables = async (
  { provider: { region }, resources }: ServiceFile,
  credentials: AwsCredentials,
): Promise<LocalTables> => {
  const { engine, endpoint, close } = await startEmbeddedDynamo({ engine: 'dynalite' })
  const client = { region, credentials, endpoint, clock: systemClock, random: Math.random }
  const call = awsJsonClient({ service: 'dynamodb', ...client })
  const tables = new Map<string, string>()
  for (const [resource, { Type, Properties }] of Object.entries(resources.Resources)) {
    if (Type !== 'AWS::DynamoDB::Table') continue
    const name = String(Properties['TableName'])
    await createTable(call, name, definitionOf(Properties))
    tables.set(resource, name)
  }
  return { engine, endpoint, call, tables, close }
}

/** What makes a difference to those who read and write; the engines do not know the rest (backups, encryption, TTL). */
const definitionOf = (properties: Readonly<Record<string, unknown>>): object => {
  const kept = ['BillingMode', 'AttributeDefinitions', 'KeySchema', 'GlobalSecondaryIndexes']
  return Object.fromEntries(kept.map((name) => [name, properties[name]]))
}
