import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startDeploymentCloud } from '../support/deployment-cloud.ts'
import { httpApiEvent } from '../support/gateway-events.ts'
import {
  apiToken,
  awsSecretKey,
  credentials,
  secretKey,
  startSecrets,
} from '../support/local-cloud.ts'
import { startFunction, unpackFunction } from '../support/packaged-service.ts'
import { copyProject } from '../support/service-project.ts'

const names = ['replies', 'webhook', 'worker', 'sweeper']

let cloud: Awaited<ReturnType<typeof startDeploymentCloud>>
let copy: ReturnType<typeof copyProject>
beforeAll(async () => {
  cloud = await startDeploymentCloud()
  copy = copyProject()
})
afterAll(async () => {
  copy.remove()
  await cloud.close()
})
afterEach(() => {
  expect(cloud.cloudFormation.unknownCalls).toEqual([])
  expect([...new Set(cloud.hosts)]).toEqual(['127.0.0.1'])
})

const serverless = (args: readonly string[], env = {}) =>
  copy.serverless(args, { ...cloud.env, CHAT_SDK_APP_ID: '1400000000', ...env })

const stack = (stage = 'dev') => cloud.cloudFormation.stack(`tencent-chat-stream-${stage}`)

/** The deployed functions by their short names. */
const deployed = async () => {
  const functions = await cloud.cloudFormation.functions()
  return new Map(functions.map((one) => [one.name.replace('tencent-chat-stream-dev-', ''), one]))
}

/** A deployed function in a process of its own, with the environment that it was deployed with. */
const start = async (name: string, awsEndpoint: string) => {
  const { archive, environment } = (await deployed()).get(name) ?? expect.unreachable(name)
  return startFunction(unpackFunction(archive, name, copy.directory).handlerPath, {
    ...environment,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: awsSecretKey,
    AWS_ENDPOINT_URL: awsEndpoint,
  })
}

/** How often a change set was executed so far. */
const changes = (): number =>
  cloud.cloudFormation.calls.filter((action) => action === 'ExecuteChangeSet').length

// Each step goes on from what the one before it left in the cloud.
describe('a deployment', () => {
  it('makes the stack and says where callbacks and replies go', async () => {
    const printed = await serverless(['deploy'])

    const url = 'https://tencent-chat-stream-dev-httpapi.execute-api.eu-central-1.amazonaws.com'
    expect(printed).toContain('Service deployed to stack tencent-chat-stream-dev')
    expect(printed).toContain(`POST - ${url}/webhooks/chat\n`)
    expect(printed).toContain(`ANY - ${url}/replies\n`)
    expect(stack()).toMatchObject({
      status: 'UPDATE_COMPLETE',
      isProtected: false,
      tags: { service: 'tencent-chat-stream', stage: 'dev' },
    })
  })

  it('hands over the packaged template and archives', async () => {
    const template = copy.readPackaged('cloudformation-template-update-stack.json')
    const functions = await deployed()

    expect(JSON.parse(stack()?.templateText ?? '')).toEqual(JSON.parse(String(template)))
    expect([...functions.keys()]).toEqual(names)
    for (const [name, { archive }] of functions) {
      expect(archive.equals(copy.readPackaged(`${name}.zip`)), name).toBe(true)
    }
  })

  it('makes functions that start in the environment they were deployed with, and read its secret', async () => {
    const keys = {
      CHAT_SECRET_KEY: secretKey,
      CHAT_CALLBACK_TOKEN: 'callback-token',
      REPLIES_API_TOKEN: apiToken,
    }
    const secrets = await startSecrets(JSON.stringify(keys))
    const [replies, webhook, worker] = [
      await start('replies', secrets.endpoint),
      await start('webhook', secrets.endpoint),
      await start('worker', secrets.endpoint),
    ]

    const headers = { authorization: 'Bearer a-token-of-a-stranger' }
    const asked = await replies.invoke(
      httpApiEvent({ method: 'GET', path: '/replies/reply-1', headers }),
    )
    const called = await webhook.invoke(httpApiEvent({ method: 'POST', path: '/webhooks/chat' }))
    const worked = await worker.invoke<object>({ Records: [] })

    expect([asked.statusCode, called.statusCode]).toEqual([401, 403])
    expect(secrets.asked).toContainEqual({ SecretId: 'tencent-chat-stream/dev' })
    expect(worked).toEqual({ batchItemFailures: [] })
    await Promise.all([replies, webhook, worker].map(({ stop }) => stop()))
    await secrets.close()
  })

  it('tells the outputs again when it is asked', async () => {
    const printed = await serverless(['info', '--verbose'])

    expect(printed).toMatch(/CallbackUrl: https:\S+amazonaws\.com\/webhooks\/chat\n/)
    expect(printed).toMatch(/RepliesUrl: https:\S+amazonaws\.com\/replies\n/)
    expect(printed).toContain('SecretsName: tencent-chat-stream/dev\n')
    expect(printed).toContain('RepliesTable: tencent-chat-stream-dev-replies\n')
    expect(printed).toMatch(
      /FailedRepliesQueueArn: arn:aws:sqs:\S+:tencent-chat-stream-dev-replies-failed\.fifo\n/,
    )
    expect(printed).toMatch(/DashboardUrl: https:/)
  })

  it('changes nothing when nothing changed', async () => {
    const before = changes()

    const printed = await serverless(['deploy'])

    expect(printed).toContain('No changes to deploy')
    expect(changes()).toBe(before)
  })

  it('updates the one function whose code changed, and the settings that changed in .env.dev', async () => {
    const [before, old] = [changes(), await deployed()]
    appendFileSync(join(copy.project, 'handlers/sweeper.ts'), "\nexport const added = 'code'\n")
    writeFileSync(join(copy.project, '.env.dev'), 'OPENAI_MODEL=another-model\n')

    await serverless(['deploy'])

    const now = await deployed()
    expect(changes()).toBe(before + 1)
    const isSame = (name: string) =>
      old.get(name)?.archive.compare(now.get(name)?.archive ?? Buffer.of()) === 0
    expect(names.filter(isSame)).toEqual(['replies', 'webhook', 'worker'])
    expect(now.get('worker')?.environment).toEqual({
      ...old.get('worker')?.environment,
      OPENAI_MODEL: 'another-model',
    })
    expect(now.get('replies')?.environment).toEqual(old.get('replies')?.environment)
  })

  it('is removed with all that it uploaded, but for the table', async () => {
    const printed = await serverless(['remove'])

    expect(printed).toContain('has been successfully removed')
    expect(stack()).toBeUndefined()
    expect(cloud.cloudFormation.retained).toEqual(['tencent-chat-stream-dev-replies'])
  })

  it('of prod cannot be removed by a mistake', async () => {
    await serverless(['deploy', '--stage', 'prod'])

    const removed = serverless(['remove', '--stage', 'prod'])

    await expect(removed).rejects.toThrow('deletion protection is enabled')
    expect(stack('prod')).toMatchObject({ isProtected: true })
  })

  it('that CloudFormation refuses leaves the stack as it was', async () => {
    const before = stack('prod')?.templateText
    const yml = join(copy.project, 'serverless.yml')
    appendFileSync(yml, '    Dangling: { Value: !Ref NoSuchResource }\n')

    const refused = serverless(['deploy', '--stage', 'prod'])

    await expect(refused).rejects.toThrow(/NoSuchResource/)
    expect(stack('prod')).toMatchObject({ status: 'UPDATE_COMPLETE', templateText: before })
  })
})
