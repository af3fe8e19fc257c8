import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { urlOf } from '../../../local/cloud/guarded-server.ts'
import { listen } from '../../../local/cloud/listen.ts'
import { chatRules } from '../../../local/simulator/rules.ts'
import { startSimulator } from '../../../local/simulator/server.ts'
import { simulatedService } from '../../../local/simulator/service.ts'
import { readStackOptions } from '../../../local/stack/options.ts'
import { reachSentence } from '../../../local/stack/public-address.ts'
import { tunnelCheck } from '../../../local/stack/tunnel-check.ts'
import { startStackProcess } from '../../support/stack-process.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

const portOf = (server: Server): number => (server.address() as AddressInfo).port

/** A tunnel: whoever asks it is led to a port of this machine, under the name that it was asked by. */
const startTunnel = async (leadsTo: () => number) => {
  const server = createServer((asked, response) => {
    const { method, url, headers } = asked
    const onward = request(
      {
        host: '127.0.0.1',
        port: leadsTo(),
        method,
        path: url,
        headers: { ...headers, host: 'x.example' },
      },
      (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers)),
    )
    onward.once('error', () => response.writeHead(502).end())
    asked.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endings.push(() => server.close())
  return `http://127.0.0.1:${portOf(server)}`
}

/** A local server that answers the questions of a check, and whether it was asked anything else. */
const startChecked = async () => {
  const check = tunnelCheck()
  const isPublic = (path: string) => path === '/webhooks/chat'
  const server = await listen(
    0,
    (asked, response) => {
      const url = urlOf(asked)
      if (url === undefined || !check.handle(asked, response, url)) response.writeHead(404).end()
    },
    { isPublic },
  )
  endings.push(server.close)
  return { check, port: server.port }
}

/** Lets no time pass. */
const hurried = { ...systemClock, sleep: async () => {} }

describe('the address of a tunnel', () => {
  it('is found to lead here, and is told that it does', async () => {
    const { check, port } = await startChecked()
    const tunnel = await startTunnel(() => port)

    expect(await check.reach(tunnel, hurried)).toBeUndefined()
    expect(await reachSentence(tunnel, 'http://127.0.0.1:3000', check, hurried)).toBe(
      `✓ ${tunnel} leads here.`,
    )
  })

  it('is waited for, since a tunnel may come later', async () => {
    const { check, port } = await startChecked()
    const ports = [1, 1, port]
    const tunnel = await startTunnel(() => ports.shift() ?? port)

    expect(await check.reach(tunnel, hurried)).toBeUndefined()
  })

  it('is told apart from one that leads to another process, whatever that answers', async () => {
    const [here, there] = [await startChecked(), await startChecked()]
    const elsewhere = await startTunnel(() => there.port)
    const echo = await listen(0, (asked, response) => response.end(asked.url))
    endings.push(echo.close)

    expect(await here.check.reach(elsewhere, hurried)).toBe(
      'somebody else answered there: HTTP 404',
    )
    expect(await here.check.reach(`http://127.0.0.1:${echo.port}`, hurried)).toMatch(/HTTP 200/)
    expect(await here.check.reach('http://127.0.0.1:1', hurried)).toMatch(/no connection/)
    expect(
      await reachSentence('http://127.0.0.1:1', 'http://127.0.0.1:3000', here.check, hurried),
    ).toContain('Let the tunnel lead to http://127.0.0.1:3000')
  })
})

describe('npm start -- --public', () => {
  const live = {
    CHAT_SDK_APP_ID: '1400000001',
    CHAT_SECRET_KEY: 'the-key',
    CHAT_CALLBACK_TOKEN: 'callback-token',
  }

  it.each([
    ['my-tunnel.example', /--public must be the address of a tunnel/],
    ['http://my-tunnel.example', /--public must be the address of a tunnel/],
    ['https://my-tunnel.example/webhooks/chat', /without path and query/],
    ['https://my-tunnel.example?a=1', /without path and query/],
    ['https://my-tunnel.example:8443', /port 80 or 443/],
  ])('refuses %s', (address, says) => {
    expect(() => readStackOptions(['--public', address], live)).toThrow(says)
  })

  it('is for the real Tencent Chat', () => {
    expect(readStackOptions(['--public', 'https://my-tunnel.example/'], live)).toMatchObject({
      publicUrl: 'https://my-tunnel.example',
    })
    expect(() => readStackOptions(['--public', 'https://my-tunnel.example'], {})).toThrow(
      '--public is for callbacks of the real Tencent Chat: set CHAT_SDK_APP_ID',
    )
  })

  it('says what to paste into the console, and finds the functions behind the tunnel', async () => {
    const chat = await startSimulator(
      simulatedService({ rules: chatRules(), clock: systemClock, userSig: () => undefined }),
    )
    endings.push(chat.close)
    let port = 1
    const tunnel = await startTunnel(() => port)
    const stack = startStackProcess({ ...live, CHAT_ENDPOINT: chat.url }, ['--public', tunnel])
    endings.push(stack.stop)
    port = Number(new URL((await stack.ready).url).port)

    await expect.poll(stack.output, { timeout: 20_000 }).toContain(`✓ ${tunnel} leads here.`)
    expect(stack.output()).toContain(`URL      ${tunnel}/webhooks/chat`)
    expect(stack.output()).toContain('events   Bot.OnC2CMessage, Bot.OnGroupMessage')
    expect(stack.output()).not.toContain('callback-token')
    expect((await fetch(`${tunnel}/webhooks/chat?Sign=1`, { method: 'POST' })).status).toBe(403)
    expect((await fetch(`${tunnel}/replies`)).status).toBe(403)
  })
})
