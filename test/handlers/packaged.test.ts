import type { SQSBatchResponse } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callbackRequest, callbackToken, msgKey } from '../support/callbacks.ts'
import { gateways, httpApiEvent } from '../support/gateway-events.ts'
import { bundleScripts, loadFresh, medianLoadMs } from '../support/load-time.ts'
import {
  apiToken,
  awsSecretKey,
  credentials,
  lambdaContext,
  region,
  scheduledEvent,
  secretKey,
  startLocalCloud,
} from '../support/local-cloud.ts'
import { startLocalQueue } from '../support/local-queue.ts'
import { packageService, startFunction } from '../support/packaged-service.ts'

const secrets = {
  CHAT_SECRET_KEY: secretKey,
  CHAT_CALLBACK_TOKEN: 'callback-token-of-the-packager',
  REPLIES_API_TOKEN: apiToken,
  REPLIES_WEBHOOK_SECRET: 'whsec_c2VjcmV0LW9mLXRoZS1wYWNrYWdlci1pdHNlbGY=',
  OPENAI_API_KEY: 'sk-key-of-the-packager',
}

let service: Awaited<ReturnType<typeof packageService>>
beforeAll(async () => {
  service = await packageService({ ...secrets, CHAT_SDK_APP_ID: '1400000000' })
}, 70_000)
afterAll(() => service.remove())

const json = { 'content-type': 'application/json', authorization: `Bearer ${apiToken}` }

describe('the packaged replies function', () => {
  it('is one file in a small archive', () => {
    const { files, archiveBytes } = service.unpack('replies')

    expect(files.map(({ name }) => name)).toEqual(['handlers/replies.js'])
    expect(archiveBytes).toBeLessThan(300 * 1024)
  })

  it.each(['webhook', 'worker', 'sweeper'])(
    'has %s beside it, without what serves HTTP',
    (name) => {
      const { files, archiveBytes } = service.unpack(name)

      expect(files.map((file) => file.name)).toEqual([`handlers/${name}.js`])
      expect(archiveBytes).toBeLessThan(300 * 1024)
      const ofHono = /hono|c\.req\b|Context is not finalized/i
      expect(String(service.unpack('replies').files[0]?.content)).toMatch(ofHono)
      expect(String(files[0]?.content)).not.toMatch(ofHono)
    },
  )

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

  it('leaves the rest to the packaged worker and sweeper', async () => {
    const cloud = await startLocalCloud()
    const queue = await startLocalQueue()
    const env = { ...cloud.env, ...queue.env }
    const start = (name: string) => startFunction(service.unpack(name).handlerPath, env)
    const [replies, worker, sweeper] = [start('replies'), start('worker'), start('sweeper')]
    const order = { from: '@RBT#bot', to: 'user01', text: 'Hello' }

    const headers = { ...json, prefer: 'respond-async' }
    const body = JSON.stringify(order)
    const posted = await replies.invoke(
      httpApiEvent({ method: 'POST', path: '/replies', headers, body }),
    )
    await queue.drain((event) => worker.invoke<SQSBatchResponse>(event), lambdaContext)
    const swept = await sweeper.invoke<object>(scheduledEvent)

    expect(posted.statusCode).toBe(202)
    expect(cloud.chat.rules.messages()).toMatchObject([{ text: 'Hello', finished: true }])
    expect(swept).toEqual({})
    await Promise.all([replies, worker, sweeper].map(({ stop }) => stop()))
    await queue.close()
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

/** What a function imports that enqueues with the SDK. */
const sdkExports: readonly (keyof typeof import('@aws-sdk/client-sqs'))[] = [
  'SendMessageCommand',
  'SQSClient',
]

describe('the packaged webhook function', () => {
  /** As in the cloud, but for a queue that nobody listens at. */
  const env = {
    CHAT_SDK_APP_ID: '1400000000',
    CHAT_CALLBACK_TOKEN: callbackToken,
    REPLIES_TABLE: 'replies',
    REPLIES_QUEUE_URL: 'http://127.0.0.1:1/000000000000/replies.fifo',
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  }

  it('is small, without what writes replies or lets their senders in', () => {
    const { files } = service.unpack('webhook')
    const source = String(files[0]?.content)

    expect(Buffer.byteLength(source)).toBeLessThanOrEqual(150 * 1024)
    expect(source).not.toMatch(/send_stream_msg|admin_getroammsg|webhook-signature/i)
  })

  it('enqueues turns from every kind of event, with nothing beside its file', async () => {
    const cloud = await startLocalCloud()
    const queue = await startLocalQueue()
    const webhook = startFunction(service.unpack('webhook').handlerPath, {
      ...env,
      ...cloud.env,
      ...queue.env,
    })

    for (const [name, eventOf] of gateways) {
      const accepted = await webhook.invoke(eventOf(callbackRequest()))
      const refused = await webhook.invoke(eventOf(callbackRequest({ token: 'another' })))

      expect(accepted, name).toMatchObject({
        statusCode: 200,
        body: '{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}',
      })
      expect(refused, name).toMatchObject({ statusCode: 403 })
    }
    expect(await queue.waiting()).toBe(1)
    await webhook.stop()
    expect(webhook.output()).toContain(`turn:${msgKey}`)
    await queue.close()
    await cloud.close()
  })

  it('answers without the fetch of Node, which takes long to load', () => {
    const { handlerPath } = service.unpack('webhook')
    const builtinsFor = (changes = {}) =>
      loadFresh(handlerPath, env, httpApiEvent(callbackRequest(changes))).builtins

    for (const builtins of [builtinsFor(), builtinsFor({ token: 'another' })]) {
      expect(builtins).toContain('NativeModule https')
      expect(builtins.filter((name) => name.includes('undici'))).toEqual([])
    }
  })

  it('loads in a fresh process; prints how long that takes beside the SDK', async () => {
    const scripts = await bundleScripts({
      nothing: '',
      client: `export { ${sdkExports.join(', ')} } from '@aws-sdk/client-sqs'`,
    })
    const webhook = service.unpack('webhook').handlerPath
    const files = [scripts.fileOf('nothing'), scripts.fileOf('client'), webhook]

    const [base = 0, client = 0, own = 0] = medianLoadMs(files, env)

    const above = (ms: number): string => `${(ms - base).toFixed(1)} ms`
    console.log(
      `Load over an empty script: webhook ${above(own)}, @aws-sdk/client-sqs ${above(client)}.`,
    )
    expect(own).toBeGreaterThan(base)
    scripts.remove()
  })
})

describe('the package', () => {
  it('holds no secret of the machine that packages, and neither does any archive', () => {
    const names = ['replies', 'webhook', 'worker', 'sweeper']
    const files = names.flatMap((name) => service.unpack(name).files)
    const packaged = [service.template, ...files.map(({ content }) => content)].join('\n')

    for (const value of [...Object.values(secrets), awsSecretKey]) {
      expect(packaged).not.toContain(value)
    }
  })
})
