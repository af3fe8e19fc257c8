import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { danglingReferences } from '../support/cloud-template.ts'
import { packageService } from '../support/packaged-service.ts'
import { describeEnvironment } from './template/environment.ts'
import { type PackagedTemplate, packagedTemplate } from './template/fixtures.ts'
import { describeFunctions } from './template/functions.ts'
import { describePermissions } from './template/permissions.ts'
import { describeStorage } from './template/storage.ts'
import { describeWatching } from './template/watching.ts'

let prod: PackagedTemplate
/** With what is off by default. */
let chosen: PackagedTemplate
/** Of a stage that serverless.yml does not name. */
let other: PackagedTemplate
const endings: (() => void)[] = []
const packaged = async (stage: string, env = {}): Promise<PackagedTemplate> => {
  const service = await packageService({ CHAT_SDK_APP_ID: '1400000000', ...env }, stage)
  endings.push(service.remove)
  return packagedTemplate(service.template, `tencent-chat-stream-${stage}`)
}
beforeAll(async () => {
  prod = await packaged('prod')
  const choices = { ALARM_EMAIL: 'operator@example.com', TRACING: '1', FUNCTION_URL: '1' }
  chosen = await packaged('prod', choices)
  // A file .env may name a switch and say nothing.
  other = await packaged('alice', { TRACING: '', FUNCTION_URL: '' })
}, 180_000)
afterAll(() => {
  for (const end of endings) end()
})

describe('the packaged template', () => {
  it('refers to nothing that it does not have', () => {
    expect(danglingReferences(prod.template)).toEqual([])
  })

  it('says what to paste where', () => {
    const outputs = Object.entries(prod.template.Outputs ?? {})
    const filled = Object.fromEntries(
      outputs.map(([name, { Value }]) => [name, prod.resolve(Value)]),
    )

    const api = 'https://tencent-chat-stream-prod-httpapi.execute-api.eu-central-1.amazonaws.com'
    const queue = 'https://sqs.eu-central-1.amazonaws.com/000000000000/tencent-chat-stream-prod'
    expect(filled).toMatchObject({
      CallbackUrl: `${api}/webhooks/chat`,
      RepliesUrl: `${api}/replies`,
      SecretsName: 'tencent-chat-stream/prod',
      RepliesTable: 'tencent-chat-stream-prod-replies',
      RepliesQueueUrl: `${queue}-replies.fifo`,
      FailedRepliesQueueUrl: `${queue}-replies-failed.fifo`,
      FailedRepliesQueueArn:
        'arn:aws:sqs:eu-central-1:000000000000:tencent-chat-stream-prod-replies-failed.fifo',
    })
  })

  describeFunctions(
    () => prod,
    () => chosen,
  )
  describePermissions(
    () => prod,
    () => chosen,
  )
  describeEnvironment(() => prod)
  describeStorage(() => prod)
  describeWatching(
    () => prod,
    () => chosen,
  )
})

describe('the template of a stage of which nothing is said', () => {
  it('is like that of dev: no alarms, nothing protected, logs for a shorter time', () => {
    expect(other.ofType('AWS::CloudWatch::Alarm')).toEqual({})
    expect(other.ofType('AWS::SNS::Topic')).toEqual({})
    expect(other.propertiesOf('RepliesTable')).toMatchObject({ DeletionProtectionEnabled: false })
    expect(other.propertiesOf('WebhookLogGroup')).toMatchObject({ RetentionInDays: 14 })
    expect(other.propertiesOf('HttpApiStage')).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 100 },
    })
  })

  it('keeps its table all the same, under a name of its own', () => {
    expect(other.template.Resources['RepliesTable']).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { TableName: 'tencent-chat-stream-alice-replies' },
    })
  })
})
