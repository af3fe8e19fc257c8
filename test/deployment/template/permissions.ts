import { describe, expect, it } from 'vitest'
import type { PackagedTemplate } from './fixtures.ts'

interface Statement {
  readonly Effect: string
  readonly Action: readonly string[]
  readonly Resource: string
  readonly Condition?: unknown
}

const table = 'arn:aws:dynamodb:eu-central-1:000000000000:tencent-chat-stream-prod-replies'
const queue = 'arn:aws:sqs:eu-central-1:000000000000:tencent-chat-stream-prod-replies.fifo'
// AWS appends a dash and six characters to the name of a secret; nobody can know them before.
const secret =
  'arn:aws:secretsmanager:eu-central-1:000000000000:secret:tencent-chat-stream/prod-??????'
const parameter = 'arn:aws:ssm:eu-central-1:000000000000:parametertencent-chat-stream/prod'

const onTable = (...names: readonly string[]) => names.map((name) => `dynamodb:${name} ${table}`)
const writeReplies = onTable('GetItem', 'PutItem', 'UpdateItem')
const writtenKinds = ['reply#*', 'pieces#*', 'msgkey#*', 'budget#*', 'service#*']
const enqueue = `sqs:SendMessage ${queue}`
const readSecret = [`secretsmanager:GetSecretValue ${secret}`, `ssm:GetParameter ${parameter}`]
const writeLog = (name: string) => {
  const group = `arn:aws:logs:eu-central-1:000000000000:/aws/lambda/tencent-chat-stream-prod-${name}`
  return [`logs:CreateLogStream ${group}`, `logs:PutLogEvents ${group}`]
}

const allowed = {
  Replies: [
    ...writeReplies,
    ...onTable('PutItem', 'UpdateItem', 'DeleteItem'),
    enqueue,
    ...readSecret,
    ...writeLog('replies'),
  ],
  Webhook: [
    ...onTable('GetItem', 'UpdateItem', 'GetItem', 'UpdateItem'),
    enqueue,
    ...readSecret,
    ...writeLog('webhook'),
  ],
  Worker: [
    ...writeReplies,
    ...onTable('GetItem', 'PutItem', 'DeleteItem'),
    enqueue,
    `sqs:ReceiveMessage ${queue}`,
    `sqs:DeleteMessage ${queue}`,
    `sqs:ChangeMessageVisibility ${queue}`,
    `sqs:GetQueueAttributes ${queue}`,
    ...readSecret,
    ...writeLog('worker'),
  ],
  Sweeper: [
    ...writeReplies,
    `dynamodb:Query ${table}/index/orphans`,
    enqueue,
    ...readSecret,
    ...writeLog('sweeper'),
  ],
} as const

const keys = (operator: 'StringLike' | 'StringEquals', ...patterns: readonly string[]) => ({
  [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': patterns },
})

/** Which keys of the table the statements of each role are bound to, in their order. */
const bounds = {
  Replies: [
    keys('StringLike', ...writtenKinds),
    keys('StringLike', 'webhook#*'),
    keys('StringLike', 'user#*', 'history#*'),
  ],
  Webhook: [
    keys('StringLike', 'reply#*', 'msgkey#*'),
    keys('StringLike', 'reply#*', 'msgkey#*'),
    keys('StringLike', 'user#*'),
  ],
  Worker: [keys('StringLike', ...writtenKinds), keys('StringLike', 'history#*')],
  Sweeper: [
    keys('StringLike', ...writtenKinds),
    keys('StringEquals', 'open', 'tried', 'unsettled'),
  ],
} as const

/** What each function's role allows; `traced` is a template of a deployment with `TRACING=1`. */
export const describePermissions = (
  read: () => PackagedTemplate,
  traced: () => PackagedTemplate,
) => {
  const statementsOf = (role: string, { resolvedOf } = read()): readonly Statement[] => {
    const policies = resolvedOf(`${role}Role`)['Policies'] as readonly {
      readonly PolicyDocument: { readonly Statement: readonly (Statement | { Ref: string })[] }
    }[]
    return policies
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter((statement) => typeof statement === 'object') as readonly Statement[]
  }
  const grants = (statements: readonly Statement[]): readonly string[] =>
    statements.flatMap(({ Action, Resource }) => Action.map((action) => `${action} ${Resource}`))

  describe('permissions', () => {
    it.each(Object.entries(allowed))(
      'of %s are what it does, on what it does it to',
      (name, list) => {
        const statements = statementsOf(name)

        expect(grants(statements)).toEqual(list)
        expect(statements.every(({ Effect }) => Effect === 'Allow')).toBe(true)
        expect(read().propertiesOf(`${name}LambdaFunction`)['Role']).toEqual({
          'Fn::GetAtt': [`${name}Role`, 'Arn'],
        })
      },
    )

    it.each(Object.entries(bounds))(
      'of %s on the table end at the keys of some kinds',
      (name, list) => {
        const onItems = statementsOf(name).filter(({ Action }) =>
          Action.some((action) => action.startsWith('dynamodb:')),
        )

        expect(onItems.map(({ Condition }) => Condition)).toEqual(list)
      },
    )

    it('name every action and every resource', () => {
      const roles = Object.keys(read().ofType('AWS::IAM::Role'))
      const all = roles.flatMap((role) => grants(statementsOf(role.replace(/Role$/, ''))))

      expect(roles).toEqual(Object.keys(allowed).map((name) => `${name}Role`))
      expect(all.filter((grant) => grant.includes('*'))).toEqual([])
    })

    it('of X-Ray, which has nothing to name, are given only where traces are asked for', () => {
      const xray = ['xray:PutTraceSegments *', 'xray:PutTelemetryRecords *']

      for (const name of Object.keys(allowed)) {
        const mode = (template: PackagedTemplate) =>
          template.propertiesOf(`${name}LambdaFunction`)['TracingConfig']
        expect(mode(read())).toEqual({ Mode: 'PassThrough' })
        expect(mode(traced())).toEqual({ Mode: 'Active' })
        expect(grants(statementsOf(name, traced())).slice(-2)).toEqual(xray)
      }
    })

    it('let nobody but Lambda take the roles', () => {
      for (const properties of Object.values(read().ofType('AWS::IAM::Role'))) {
        expect(properties['AssumeRolePolicyDocument']).toMatchObject({
          Statement: [{ Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        })
        expect(properties).not.toHaveProperty('ManagedPolicyArns')
      }
    })
  })
}
