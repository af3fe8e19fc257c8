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
  options: { readonly method?: string; readonly path?: string } = {},
) => {
  const asked = request(url, { method: 'POST', ...options, headers })
  asked.end('{}')
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
