import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../local/cloud/listen.ts'
import { pythonPackages } from '../support/python-packages.ts'
import { turnWorlds } from '../support/turn-world.ts'

const secret = `whsec_${Buffer.from('nobody may see this secret').toString('base64')}`
const startWorld = turnWorlds()
const packages = await pythonPackages('examples/fastapi/requirements.txt')

/** Starts the server; resolves with its address once it answers. */
const startServer = async (): Promise<string> => {
  const port = await freePort()
  const { PATH = '' } = process.env
  const child = spawn('python3', ['examples/fastapi/server.py'], {
    env: {
      PATH,
      PYTHONPATH: packages?.path,
      REPLIES_WEBHOOK_SECRET: secret,
      PORT: String(port),
    },
    stdio: 'ignore',
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const url = `http://127.0.0.1:${port}/`
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await fetch(url, { method: 'POST', body: '{}' }).catch(() => undefined)
    if (answer?.status === 401) return url
    await pause(100)
  }
  throw new Error('the server did not start')
}

const question = 'how does it go on where it broke off?'
const body = JSON.stringify({ type: 'turn', text: question })

const ask = (url: string, id: string, lastId?: string): Promise<Response> => {
  const at = new Date()
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    },
    body,
  })
}

const piecesIn = (events: string): readonly string[] =>
  [...events.matchAll(/^id: \d+\ndata: (.*)$/gm)].map(([, data = '']) => JSON.parse(data))

/** Reads until an event of that id is whole, and breaks the connection. */
const readUntil = async (response: Response, id: number): Promise<string> => {
  let events = ''
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    events += text
    const end = events.indexOf('\n\n', events.indexOf(`id: ${id}\n`))
    if (events.includes(`id: ${id}\n`) && end > 0) return events.slice(0, end + 2)
  }
  throw new Error(`ended before the event ${id}: ${events}`)
}

// Where neither the machine nor a registry of Python packages has FastAPI.
describe.skipIf(packages === undefined)('the server in FastAPI (needs python3 and fastapi)', () => {
  it('answers a turn of a user', async () => {
    const url = await startServer()
    const world = await startWorld({
      env: { REPLY_SOURCE: 'http', REPLY_SOURCE_URL: url, REPLIES_WEBHOOK_SECRET: secret },
    })

    await world.say('alice', question)

    await expect.poll(() => world.shownTo('alice').at(0)?.finished, { timeout: 30_000 }).toBe(true)
    world.expectShown('alice', `You asked: ${question} `)
  })

  it('goes on behind the last event that was read, and says the whole again without one', async () => {
    const url = await startServer()

    const first = piecesIn(await readUntil(await ask(url, 'turn:1'), 3))
    const rest = await (await ask(url, 'turn:1', '3')).text()
    const whole = await (await ask(url, 'turn:1')).text()

    expect([...first, ...piecesIn(rest)].join('')).toBe(`You asked: ${question} `)
    expect(piecesIn(whole)).toEqual([...first, ...piecesIn(rest)])
    expect(rest.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  it('says so where it no longer knows the answer, and talks to nobody without a signature', async () => {
    const url = await startServer()

    const unknown = await ask(url, 'turn:2', '3')
    const unsigned = await fetch(url, { method: 'POST', body })

    expect([unknown.status, unsigned.status]).toEqual([410, 401])
  })
})
