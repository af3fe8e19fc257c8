import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ChatTransport } from '../../../lib/adapters/tencent/chat-transport.ts'
import { tencentHttp } from '../../../lib/adapters/tencent/tencent-http.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'

const userSig = 'eJxSignatureThatNobodyMaySee'
const secretKey = 'KeyThatNobodyMaySee'
const command = 'openim_robot_http_svc/send_stream_msg'
const success = { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0, MsgKey: '1_2_3' }

const closers: (() => void)[] = []

const listen = async (server: Server | ReturnType<typeof createTcpServer>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

const serve = async (listener: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(createServer(listener))}`

const transportTo = (
  baseUrl: string,
  changes: Partial<Parameters<typeof tencentHttp>[0]> = {},
): ChatTransport =>
  tencentHttp({
    baseUrl,
    sdkAppId: 1_400_000_000,
    admin: 'administrator',
    signer: { sign: async () => userSig },
    random: () => 0.5,
    timeoutMs: 700,
    ...changes,
  })

const answering =
  (status: number, text: string, headers = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers).end(text)
  }

const startThen =
  (end: (response: Parameters<RequestListener>[1]) => void): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"ErrorCode":0,')
    setTimeout(() => end(response), 5)
  }

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

describe('tencentHttp', () => {
  it('posts JSON with the credentials in the query, and brings the answer back', async () => {
    const seen: string[] = []
    const baseUrl = await serve((request, response) => {
      request.on('data', (bytes) => seen.push(String(bytes)))
      request.on('end', () => response.end(JSON.stringify(success)))
      seen.push(`${request.method} ${request.url}`, String(request.headers['content-type']))
    })

    const answer = await transportTo(`${baseUrl}/proxy/`)(command, { Chunk: 'é' })

    expect(answer).toEqual({ kind: 'json', body: success, date: expect.stringMatching(/ GMT$/) })
    expect(seen).toEqual([
      `POST /proxy/v4/${command}?sdkappid=1400000000&identifier=administrator&usersig=${userSig}&random=2147483648&contenttype=json`,
      'application/json',
      '{"Chunk":"é"}',
    ])
  })

  it('adds the fields that its owner wants in each query', async () => {
    const seen: string[] = []
    const baseUrl = await serve((request, response) => {
      seen.push(String(request.url))
      response.end(JSON.stringify(success))
    })

    const parameters = { nettype: '6' }
    await transportTo(baseUrl, { parameters, timeoutMs: 5_000 })('ConfigSvc/GetIPList', {})

    expect(seen[0]).toMatch(/\/v4\/ConfigSvc\/GetIPList\?.*&contenttype=json&nettype=6$/)
  })

  it('asks once more before the bytes go out, when the signature is there', async () => {
    const order: string[] = []
    const baseUrl = await serve((_request, response) => {
      order.push('sent')
      response.end(JSON.stringify(success))
    })
    const sign = async () => {
      order.push('signed')
      return userSig
    }
    const may = (answer: boolean) => () => {
      order.push('asked')
      return answer
    }
    const post = transportTo(baseUrl, { signer: { sign }, timeoutMs: 5_000 })

    const refused = await post(command, {}, undefined, may(false))
    const allowed = await post(command, {}, undefined, may(true))

    expect([refused.kind, allowed.kind]).toEqual(['notSent', 'json'])
    expect(order).toEqual(['signed', 'asked', 'signed', 'asked', 'sent'])
  })

  it('keeps one connection for calls that follow each other, and a fresh random for each', async () => {
    const ports = new Set<unknown>()
    const randoms = new Set<unknown>()
    const baseUrl = await serve((request, response) => {
      ports.add(request.socket.remotePort)
      randoms.add(new URL(request.url ?? '', baseUrl).searchParams.get('random'))
      response.end(JSON.stringify(success))
    })
    let calls = 0
    const transport = transportTo(baseUrl, { random: () => 1 - 2 ** -(10 * ++calls) })

    for (let i = 0; i < 3; i++) await transport(command, {})

    expect(ports.size).toBe(1)
    expect(randoms).toEqual(new Set(['4290772992', '4294963200', '4294967292']))
  })

  it('opens a new connection after a pause in which the old one may have gone stale', async () => {
    const ports = new Set<unknown>()
    const baseUrl = await serve((request, response) => {
      ports.add(request.socket.remotePort)
      response.end(JSON.stringify(success))
    })
    let nowMs = 0
    const transport = transportTo(baseUrl, { clock: { now: () => nowMs } })

    await transport(command, {})
    nowMs += 15_001
    await transport(command, {})

    expect(ports.size).toBe(2)
  })

  it("takes the service's own answer, whatever the HTTP status", async () => {
    const refusal = { ActionStatus: 'FAIL', ErrorCode: 10002, ErrorInfo: '' }
    const baseUrl = await serve(answering(502, JSON.stringify(refusal)))

    expect(await transportTo(baseUrl)(command, {})).toEqual({
      kind: 'json',
      body: refusal,
      date: expect.stringMatching(/ GMT$/),
    })
  })

  const failures: readonly (readonly [string, 'lost' | 'notSent', RequestListener])[] = [
    ['a 502 of a proxy', 'lost', answering(502, '<html>bad gateway</html>')],
    ['a 500 with JSON of somebody else', 'lost', answering(500, '{"message":"oops"}')],
    ['a 200 with garbage', 'lost', answering(200, '<html>hello</html>')],
    ['a 200 with JSON that is no answer', 'lost', answering(200, '[]')],
    ['an empty 200', 'lost', answering(200, '')],
    ['a 408', 'lost', answering(408, '')],
    ['a 404 of a wrong host', 'notSent', answering(404, 'not found')],
    ['a 403 with JSON of somebody else', 'notSent', answering(403, '{"message":"Forbidden"}')],
    [
      'an answer over 1 MiB',
      'lost',
      answering(200, `{"ErrorCode":0,"a":"${'x'.repeat(2 ** 20)}"}`),
    ],
    ['a call that is never answered', 'lost', () => {}],
    ['a connection that breaks', 'lost', (request) => request.socket.destroy()],
    ['a body that breaks off', 'lost', startThen((response) => response.destroy())],
    ['a body that never ends', 'lost', startThen(() => {})],
  ]

  it.each(failures)('calls %s %s, and shows no credential', async (_name, kind, listener) => {
    const baseUrl = await serve(listener)

    const answer = await transportTo(baseUrl)(command, { Chunk: 'text' })

    expect(answer.kind).toBe(kind)
    expectNoCredential(answer)
  })

  it('does not follow a redirect, which would hand the signature on', async () => {
    let visits = 0
    const elsewhere = await serve((_request, response) => {
      visits++
      response.end(JSON.stringify(success))
    })
    const baseUrl = await serve((request, response) => {
      response.writeHead(307, { location: elsewhere + request.url }).end()
    })

    const answer = await transportTo(baseUrl)(command, {})

    expect(answer.kind).toBe('notSent')
    expect(visits).toBe(0)
    expectNoCredential(answer)
  })

  it('knows that nothing was sent where nobody listens', async () => {
    const tcpServer = createTcpServer()
    const port = await listen(tcpServer)
    await new Promise((resolve) => tcpServer.close(resolve))

    const answer = await transportTo(`http://127.0.0.1:${port}`)(command, {})

    expect(answer).toMatchObject({ kind: 'notSent', detail: expect.stringMatching(/ECONNREFUSED/) })
    expectNoCredential(answer)
  })

  it('is in doubt about a kept connection that the other end had closed', async () => {
    let calls = 0
    const baseUrl = await serve((request, response) => {
      if (calls++ === 0) response.end(JSON.stringify(success))
      else request.socket.resetAndDestroy()
    })
    const transport = transportTo(baseUrl)

    await transport(command, {})
    const answer = await transport(command, {})

    expect(answer).toMatchObject({ kind: 'lost', detail: expect.stringMatching(/ECONNRESET/) })
    expectNoCredential(answer)
  })

  it('is in doubt about a call that its caller gave up', async () => {
    const caller = new AbortController()
    const baseUrl = await serve(() => caller.abort())

    const answer = await transportTo(baseUrl, { timeoutMs: 5000 })(command, {}, caller.signal)

    expect(answer).toMatchObject({ kind: 'lost', detail: expect.stringMatching(/given up/) })
    expectNoCredential(answer)
  })

  it('sends nothing for a caller that gave up before', async () => {
    let visits = 0
    const baseUrl = await serve(() => visits++)

    const answer = await transportTo(baseUrl)(command, {}, AbortSignal.abort())

    expect(answer.kind).toBe('notSent')
    expect(visits).toBe(0)
  })

  it.each([
    new OutOfReach('secret', `parameter of ${secretKey}`),
    new SyntaxError(`Unexpected token in "${secretKey}"`),
  ])('sends nothing without a signature, and does not quote %s', async (error) => {
    const signer = { sign: () => Promise.reject(error) }

    const answer = await transportTo('http://127.0.0.1:1', { signer })(command, {})

    expect(answer).toMatchObject({
      kind: 'notSent',
      detail: expect.stringMatching(/^No signature/),
    })
    expectNoCredential(answer)
  })

  it.each(['', 'singapore', 'ftp://host', 'https://user:password@host', 'https://host?a=b'])(
    'refuses the base URL %j without quoting it',
    (baseUrl) => {
      expect(() => transportTo(baseUrl)).toThrow(
        'CHAT_ENDPOINT must be an http or https URL without user or query.',
      )
    },
  )
})

const expectNoCredential = (answer: unknown): void => {
  const shown = JSON.stringify(answer)
  expect(shown).not.toMatch(/usersig/i)
  expect(shown).not.toContain(userSig)
  expect(shown).not.toContain(secretKey)
  expect(shown).not.toContain('v4/')
}
