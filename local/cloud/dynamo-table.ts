import { setTimeout as wait } from 'node:timers/promises'
import { AwsError } from '../../lib/adapters/aws/aws-error.ts'
import type { AwsCall } from '../../lib/adapters/aws/aws-json-client.ts'

/** What CreateTable needs beside the name. `serverless.yml` says the same, and the TTL attribute `expiresAt`. */
export const dynamoTable = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sweep', AttributeType: 'S' },
    { AttributeName: 'sweepAt', AttributeType: 'N' },
  ],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'orphans',
      KeySchema: [
        { AttributeName: 'sweep', KeyType: 'HASH' },
        { AttributeName: 'sweepAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
} as const

const POLL_MS = 20

const isActive = async (call: AwsCall, table: string): Promise<boolean> => {
  const { Table: description } = (await call('DynamoDB_20120810.DescribeTable', {
    TableName: table,
  })) as { readonly Table: { readonly TableStatus: string } }
  return description.TableStatus === 'ACTIVE'
}

/** Creates the table, unless there is one of that name, and waits until it can be used. */
export const createTable = async (
  call: AwsCall,
  table: string,
  definition: object = dynamoTable,
): Promise<void> => {
  try {
    await call('DynamoDB_20120810.CreateTable', { TableName: table, ...definition })
  } catch (error) {
    if (!(error instanceof AwsError && error.name === 'ResourceInUseException')) throw error
  }
  while (!(await isActive(call, table))) await wait(POLL_MS)
}
