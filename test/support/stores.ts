import { type AwsCall, awsJsonClient } from '../../lib/adapters/aws/aws-json-client.ts'
import { dynamoReplyStore } from '../../lib/adapters/dynamo/reply-store/index.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import type { ReplyStore } from '../../lib/ports.ts'
import { createTable } from '../../local/cloud/dynamo-table.ts'
import { type DynamoEngine, startEmbeddedDynamo } from '../../local/cloud/embedded-dynamo.ts'

const table = 'replies'

/** A table of its own in an embedded DynamoDB. */
export interface DynamoWorld {
  readonly call: AwsCall
  readonly endpoint: string
  /** A store as another process would have it; `through` stands between it and the table. */
  newStore(through?: (call: AwsCall) => AwsCall): ReplyStore
  close(): Promise<void>
}

export const startDynamoWorld = async (engine: DynamoEngine): Promise<DynamoWorld> => {
  const dynamo = await startEmbeddedDynamo({ engine })
  const call = awsJsonClient({
    service: 'dynamodb',
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    endpoint: dynamo.endpoint,
    clock: systemClock,
    random: Math.random,
  })
  await createTable(call, table)
  return {
    call,
    endpoint: dynamo.endpoint,
    newStore: (through = (direct) => direct) =>
      dynamoReplyStore({ call: through(call), table, clock: systemClock, random: Math.random }),
    close: () => dynamo.close(),
  }
}

const isWrite = (target: string): boolean => /\.(Put|Update)Item$/.test(target)

/** Every write is made twice, as when its first answer was lost; only the second answer is seen. */
export const losingFirstAnswers =
  (call: AwsCall): AwsCall =>
  async (target, body, signal) => {
    if (isWrite(target)) await call(target, body, signal).catch(() => undefined)
    return call(target, body, signal)
  }

/** Writes each call's operation into `log`. */
export const logged =
  (log: string[]) =>
  (call: AwsCall): AwsCall =>
  (target, body, signal) => {
    log.push(target.replace('DynamoDB_20120810.', ''))
    return call(target, body, signal)
  }
