import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dynamoTable } from '../../local/dynamo-table.ts'
import { gateways } from '../support/gateway-events.ts'
import { apiToken, awsSecretKey, secretKey, startLocalCloud } from '../support/local-cloud.ts'
import { packageService, startFunction } from '../support/packaged-service.ts'

interface Statement {
  readonly Action: readonly string[]
  readonly Resource: unknown
}

interface Template {
  readonly Resources: Readonly<
    Record<
      string,
      { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> }
    >
  >
}

const secrets = {
  CHAT_SECRET_KEY: secretKey,
  CHAT_CALLBACK_TOKEN: 'callback-token-of-the-packager',
  REPLIES_API_TOKEN: apiToken,
  REPLIES_WEBHOOK_SECRET: 'whsec_c2VjcmV0LW9mLXRoZS1wYWNrYWdlcg==',
  OPENAI_API_KEY: 'sk-key-of-the-packager',
}

let service: Awaited<ReturnType<typeof packageService>>
beforeAll(async () => {
  service = await packageService({ ...secrets, CHAT_SDK_APP_ID: '1400000000' })
}, 70_000)
afterAll(() => service.remove())

const propertiesOf = (name: string) => {
  const template = JSON.parse(service.template) as Template
  return template.Resources[name]?.Properties ?? {}
}

const json = { 'content-type': 'application/json', authorization: `Bearer ${apiToken}` }

describe('the packaged replies function', () => {
  it('is one file in a small archive', () => {
    const { files, archiveBytes } = service.unpack('replies')

    expect(files.map(({ name }) => name)).toEqual(['handlers/replies.js'])
    expect(archiveBytes).toBeLessThan(300 * 1024)
  })

  it('serves every kind of event, on the Node of the cloud and with nothing beside its file', async () => {
    const cloud = await startLocalCloud()
    const replies = startFunction(service.unpack('replies').handlerPath, cloud.env)

    for (const [index, [name, eventOf]] of gateways.entries()) {
      const replyId = `reply-${index}`
      const order = {
        replyId,
        from: '@RBT#bot',
        to: 'user01',
        chunks: ['Hel', 'lo 👋', ` ${name}`],
      }
      const posted = await replies.invoke(
        eventOf({ method: 'POST', path: '/replies', headers: json, body: JSON.stringify(order) }),
      )
      const got = await replies.invoke(
        eventOf({ method: 'GET', path: `/replies/${replyId}`, headers: json }),
      )
      const refused = await replies.invoke(eventOf({ method: 'GET', path: '/replies/reply-0' }))

      expect(posted, name).toMatchObject({ statusCode: 200 })
      expect(JSON.parse(posted.body)).toMatchObject({ replyId, status: 'finished', calls: 3 })
      expect(got.body, name).toBe(posted.body)
      expect(refused.statusCode, name).toBe(401)
    }
    expect(cloud.chat.rules.messages().map(({ text, finished }) => [text, finished])).toEqual(
      gateways.map(([name]) => [`Hello 👋 ${name}`, true]),
    )
    await replies.stop()
    await cloud.close()
  })

  it('says in its log why it does not start, and shows no value', async () => {
    const env = { CHAT_SDK_APP_ID: 'misplaced', AWS_REGION: 'eu-central-1' }
    const replies = startFunction(service.unpack('replies').handlerPath, env)

    expect(await replies.ended()).not.toBe(0)
    // Node shows the line that threw as well, which is the whole bundle: only whether it matches may be shown here.
    const says = (text: RegExp): boolean => text.test(replies.output())
    expect(says(/CHAT_SDK_APP_ID must be the SDKAppID[\s\S]*REPLIES_TABLE is missing/)).toBe(true)
    expect(says(/misplaced/)).toBe(false)
  })
})

describe('the template', () => {
  it('runs the function as it was measured', () => {
    expect(propertiesOf('RepliesLambdaFunction')).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 256,
      Timeout: 29,
      Handler: 'handlers/replies.handler',
      FunctionName: 'tencent-chat-stream-dev-replies',
    })
    expect(propertiesOf('RepliesLogGroup')).toMatchObject({ RetentionInDays: 30 })
  })

  it('leaves the gateways open, since the function asks for credentials itself', () => {
    expect(propertiesOf('RepliesLambdaFunctionUrl')).toMatchObject({ AuthType: 'NONE' })
    expect(propertiesOf('HttpApiRouteAnyReplies')).toMatchObject({ RouteKey: 'ANY /replies' })
    expect(propertiesOf('HttpApiRouteAnyRepliesProxyVar')).toMatchObject({
      RouteKey: 'ANY /replies/{proxy+}',
    })
  })

  it('allows what the function does and nothing else', () => {
    const [{ PolicyDocument }] = propertiesOf('IamRoleLambdaExecution')['Policies'] as [
      { readonly PolicyDocument: { readonly Statement: readonly Statement[] } },
    ]
    const statements = PolicyDocument.Statement

    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'logs:TagResource',
      'secretsmanager:GetSecretValue',
      'ssm:GetParameter',
    ])
    const own = statements.filter(({ Action }) => !Action[0]?.startsWith('logs:'))
    expect(own.map(({ Resource }) => Resource)).toEqual([
      { 'Fn::GetAtt': ['RepliesTable', 'Arn'] },
      {
        'Fn::Sub':
          // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in.
          'arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:tencent-chat-stream/dev-??????',
      },
      {
        'Fn::Sub':
          // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in.
          'arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parametertencent-chat-stream/dev',
      },
    ])
  })

  it('makes the table that the tests use, kept when the stack goes, with expiry', () => {
    const { TableName, ...table } = propertiesOf('RepliesTable')
    const variables = propertiesOf('RepliesLambdaFunction')['Environment']

    expect(table).toEqual({
      ...dynamoTable,
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    })
    expect(variables).toMatchObject({ Variables: { REPLIES_TABLE: TableName } })
    expect(JSON.parse(service.template)).toMatchObject({
      Resources: { RepliesTable: { DeletionPolicy: 'Retain' } },
    })
  })

  it('holds no secret of the machine that packages, and neither does the archive', () => {
    const [file] = service.unpack('replies').files
    const packaged = service.template + file?.content

    for (const value of [...Object.values(secrets), awsSecretKey]) {
      expect(packaged).not.toContain(value)
    }
  })
})
