import { buildApp } from 'fauxqs'
import { type AwsCall, awsJsonClient } from '../../lib/adapters/aws/aws-json-client.ts'
import type { AwsCredentials } from '../../lib/adapters/aws/aws-signature.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { fieldsOf } from '../../lib/core/json.ts'
import type { ServiceFile } from '../stack/service-file.ts'
import { guard } from './guarded-server.ts'

/** A queue of serverless.yml that exists. */
export interface LocalQueue {
  readonly url: string
  readonly arn: string
}

/** SQS on this machine, with the queues of serverless.yml. */
export interface LocalSqs {
  readonly endpoint: string
  /** Waits for answers as long as SQS lets a long poll last. */
  readonly call: AwsCall
  /** By the names of their resources. */
  readonly queues: ReadonlyMap<string, LocalQueue>
  close(): Promise<void>
}

const LONG_POLL_TIMEOUT_MS = 30_000

type Properties = Readonly<Record<string, unknown>>

/** Starts SQS on the loopback interface, on a free port, and creates the queues, dead-letter queues first. */
export const startLocalSqs = async (
  { provider: { region }, resources }: ServiceFile,
  credentials: AwsCredentials,
): Promise<LocalSqs> => {
  const app = buildApp({ logger: false })
  guard(app.server)
  const endpoint = await app.listen({ host: '127.0.0.1', port: 0 })
  const call = awsJsonClient({
    service: 'sqs',
    region,
    credentials,
    endpoint,
    clock: systemClock,
    random: Math.random,
    timeoutMs: LONG_POLL_TIMEOUT_MS,
  })
  const queues = new Map<string, LocalQueue>()

  const create = async (resource: string, properties: Properties): Promise<void> => {
    const created = await call('AmazonSQS.CreateQueue', {
      QueueName: properties['QueueName'],
      Attributes: attributesOf(properties, queues),
    })
    const { QueueUrl: url } = created as { readonly QueueUrl: string }
    const asked = { QueueUrl: url, AttributeNames: ['QueueArn'] }
    const { Attributes } = (await call('AmazonSQS.GetQueueAttributes', asked)) as {
      readonly Attributes: { readonly QueueArn: string }
    }
    queues.set(resource, { url, arn: Attributes.QueueArn })
  }

  const wanted = Object.entries(resources.Resources)
    .filter(([, { Type }]) => Type === 'AWS::SQS::Queue')
    .sort(
      ([, a], [, b]) =>
        Number('RedrivePolicy' in a.Properties) - Number('RedrivePolicy' in b.Properties),
    )
  for (const [resource, { Properties: properties }] of wanted) await create(resource, properties)
  return { endpoint, call, queues, close: () => app.close() }
}

/** CloudFormation's properties as SQS's own attributes: the same names, every value a string. */
const attributesOf = (
  properties: Properties,
  queues: ReadonlyMap<string, LocalQueue>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => name !== 'QueueName')
      .map(([name, value]) => [name, attributeOf(value, queues)]),
  )

const attributeOf = (value: unknown, queues: ReadonlyMap<string, LocalQueue>): string =>
  typeof value === 'object'
    ? JSON.stringify(value, (_, one) => arnReferredTo(one, queues) ?? one)
    : String(value)

const arnReferredTo = (
  value: unknown,
  queues: ReadonlyMap<string, LocalQueue>,
): string | undefined => {
  const target = fieldsOf(value)['Fn::GetAtt']
  return Array.isArray(target) ? queues.get(String(target[0]))?.arn : undefined
}
