import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { startLocalCloud } from '../../../local/cloud/cloud.ts'
import { listen } from '../../../local/cloud/listen.ts'
import { startTraceModel } from '../../../local/model/server.ts'
import { chatRules } from '../../../local/simulator/rules.ts'
import { startSimulator } from '../../../local/simulator/server.ts'
import { simulatedService } from '../../../local/simulator/service.ts'

const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

const project = fileURLToPath(new URL('../../..', import.meta.url))

/** Every kind of server that stands on this machine, by what it plays. */
const starts: Readonly<Record<string, () => Promise<string>>> = {
  page: async () => {
    const server = await listen(0, (_, response) => response.end('the page'))
    endings.push(server.close)
    return `http://127.0.0.1:${server.port}`
  },
  chat: async () => {
    const service = simulatedService({ rules: chatRules(), clock: systemClock })
    const server = await startSimulator(service)
    endings.push(server.close)
    return server.url
  },
  model: async () => {
    const server = await startTraceModel()
    endings.push(server.close)
    return server.url.replace('/v1', '')
  },
  secrets: async () => (await startCloud()).runtime['AWS_ENDPOINT_URL_SECRETS_MANAGER'] ?? '',
  tables: async () => (await startCloud()).tables.endpoint,
  queues: async () => (await startCloud()).sqs.endpoint,
}

const startCloud = async () => {
  const cloud = await startLocalCloud(project, { CHAT_SDK_APP_ID: '1400000001' })
  endings.push(cloud.close)
  return cloud
}

const ask = async (
  url: string,
  headers: Readonly<Record<string, string>>,
  {
    body = '{}',
    ...options
  }: { readonly method?: string; readonly path?: string; readonly body?: string } = {},
) => {
  const asked = request(url, { method: 'POST', ...options, headers })
  asked.end(body)
  const [answer] = await Promise.all([
    new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
      asked.once('response', resolve).once('error', reject),
    ),
  ])
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) }
}

/** The first line of the answer to a request that no client would send. */
const askRaw = (url: string, target: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port, host } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    )
    text(socket).then((answer) => resolve(answer.split('\r\n')[0] ?? ''), reject)
  })

describe.each(Object.keys(starts))('the local server of the %s', (name) => {
  it('answers nobody who has found it by another name, and no page of another site', async () => {
    const url = (await starts[name]?.()) ?? ''
    const { host } = new URL(url)

    for (const foreign of ['evil.example', `evil.example:${new URL(url).port}`, '127.0.0.1.evil']) {
      expect(await ask(url, { host: foreign })).toMatchObject({ status: 403 })
    }
    for (const origin of ['http://evil.example', 'null', `http://${host}.evil.example`]) {
      const answer = await ask(url, { host, origin })
      expect(answer).toMatchObject({ status: 403 })
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    }
  })

  it('shares no answer with other sites', async () => {
    const url = (await starts[name]?.()) ?? ''
    const { host } = new URL(url)

    for (const method of ['POST', 'OPTIONS']) {
      const answer = await ask(url, { host, origin: `http://${host}` }, { method })
      expect(answer.status).not.toBe(403)
      expect(answer.headers['access-control-allow-origin']).not.toBe('*')
    }
  })

  it('lives on after a path that makes no sense', async () => {
    const url = (await starts[name]?.()) ?? ''

    for (const target of ['//', '/%', '/\\..', '//[', '*', 'http://[', '/?%']) {
      expect(await askRaw(url, target)).toMatch(/^HTTP\/1\.1 [2-4]\d\d /)
    }
    expect((await ask(url, { host: new URL(url).host })).status).toBeLessThan(500)
  })
})

describe.each(Object.keys(starts))('the local server of the %s', (name) => {
  const targets = [
    'DynamoDB_20120810.GetItem',
    'AmazonSQS.ReceiveMessage',
    'AmazonSSM.GetParameter',
  ]

  it('lives on after a body that breaks off, and bodies that are no object', async () => {
    const url = (await starts[name]?.()) ?? ''
    const { host } = new URL(url)

    for (const target of targets) {
      const headers = { host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target }
      await breakOff(url, headers)
      for (const body of ['null', '[]', '7', '"text"', '{']) {
        const answer = await ask(url, headers, { body })
        if (isOfAws(name)) expect(answer.status, body).toBeGreaterThanOrEqual(400)
      }
      await ask(url, headers, { body: '{"TableName":{},"Key":null}' })
    }

    expect((await ask(url, { host })).status).toBeLessThan(500)
  })
})

const isOfAws = (name: string): boolean => ['secrets', 'tables', 'queues'].includes(name)

/** Sends half of a body, and hangs up. */
const breakOff = (url: string, headers: Readonly<Record<string, string>>): Promise<void> =>
  new Promise((resolve) => {
    const asked = request(url, { method: 'POST', headers: { ...headers, 'content-length': '100' } })
    asked.once('error', () => {}).once('close', () => resolve())
    asked.write('{"half":', () => setImmediate(() => asked.destroy()))
  })

it('the local server of the secrets answers what it plays, and nothing else', async () => {
  const url = (await starts['secrets']?.()) ?? ''
  const { host } = new URL(url)
  const asking = (target: string, options: object = {}) =>
    ask(url, { host, 'x-amz-target': target }, options)
  const known = 'secretsmanager.GetSecretValue'

  expect((await asking(known)).status).toBe(200)
  expect((await asking('AmazonSSM.GetParameter')).status).toBe(200)
  expect((await asking('secretsmanager.DeleteSecret')).status).toBe(400)
  expect((await asking(known, { path: '/anything' })).status).toBe(404)
  expect((await asking(known, { method: 'GET' })).status).toBe(404)
})

it('lets a signed path be asked for by any name, where it is told so', async () => {
  const isPublic = (path: string) => path === '/webhooks/chat'
  const server = await listen(0, (_, response) => response.end('here'), { isPublic })
  endings.push(server.close)
  const url = `http://127.0.0.1:${server.port}`
  const host = 'my-tunnel.example'

  expect(await ask(url, { host }, { path: '/webhooks/chat?Sign=1' })).toMatchObject({ status: 200 })
  expect(await ask(url, { host }, { path: '/replies' })).toMatchObject({ status: 403 })
  expect(
    await ask(url, { host, origin: 'http://evil.example' }, { path: '/webhooks/chat' }),
  ).toMatchObject({ status: 403 })
})
