import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { percentile, printFigure } from '../../support/figures.ts'
import { freshWorker, lambdaContext } from '../../support/local-cloud.ts'
import { bundleFunction, startFunction } from '../../support/packaged-service.ts'
import type { PollOptions } from '../../support/queue-poller.ts'
import { seededRandom } from '../../support/rate-limit-world.ts'
import { readTrace, textOf } from '../../support/texts.ts'
import { turnWorlds } from '../../support/turn-world.ts'

/** `KILLS=200` in the environment runs the whole; by default there are as many as a test suite has time for. */
const KILLS = Number(process.env['KILLS'] ?? 6)
const LEASE_MS = 2_000
const AT_ONCE = 6
const tokens = readTrace('english-60')
const text = textOf(tokens)
const lastsMs = tokens.at(-1)?.t ?? 0

const startWorld = turnWorlds()
type World = Awaited<ReturnType<typeof startWorld>>
let bundle: Awaited<ReturnType<typeof bundleFunction>>
beforeAll(async () => {
  bundle = await bundleFunction('worker')
}, 60_000)
afterAll(() => bundle.remove())

/** A server of turns that makes each answer once, and gives what follows the last id. */
const serveTurns = async () => {
  const begunAtMs = new Map<string, number>()
  const server = createServer(async (request, response) => {
    request.resume()
    const id = String(request.headers['webhook-id'])
    const beganMs = begunAtMs.get(id) ?? Date.now()
    begunAtMs.set(id, beganMs)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const from = Number(request.headers['last-event-id'] ?? 0)
    for (const [nth, { t, text: said }] of tokens.entries()) {
      if (nth < from) continue
      await wait(Math.max(beganMs + t - Date.now(), 0))
      if (response.destroyed) return
      response.write(`id: ${nth + 1}\ndata: ${JSON.stringify(said)}\n\n`)
    }
    response.end('data: [DONE]\n\n')
  }).listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const kinds = {
  responses: { OPENAI_API: 'responses' },
  prefix: { OPENAI_CONTINUE: 'prefix' },
  http: { REPLY_SOURCE: 'http', REPLIES_WEBHOOK_SECRET: `whsec_${'c2VjcmV0'.repeat(4)}` },
} as const

const worldOf = async (kind: keyof typeof kinds, env: Readonly<Record<string, string>>) => {
  const turns = await serveTurns()
  const world = await startWorld({
    workers: 0,
    latencyMs: 40,
    engine: 'auto',
    env: { ...kinds[kind], REPLY_SOURCE_URL: turns.url, ...env },
  })
  world.endings.push(turns.close)
  return world
}

/** Workers that are processes of their own, of which one may be killed by the user whom it answers. */
const startWorkers = ({ env, endings, poll }: World) => {
  const answering = new Map<string, ReturnType<typeof startFunction>>()
  const handler: PollOptions['handler'] = async (event) => {
    const started = startFunction(bundle.handlerPath, { ...env, POWERTOOLS_LOG_LEVEL: 'SILENT' })
    const user = /"to\\*":\\*"(user\d+)/.exec(JSON.stringify(event))?.[1] ?? ''
    answering.set(user, started)
    try {
      return await started.invoke(event)
    } finally {
      await started.stop()
    }
  }
  endings.push(() => {
    for (const { signal } of answering.values()) signal('SIGKILL')
  })
  poll({ handler, concurrency: AT_ONCE })
  return (user: string) => answering.get(user)?.signal('SIGKILL') ?? false
}

const untilFinished = (world: World, user: string, timeout: number) =>
  vi.waitFor(() => expect(world.shownTo(user).some(({ finished }) => finished)).toBe(true), {
    timeout,
    interval: 100,
  })

/** The longest that a user saw nothing new, in ms. */
const longestSilence = (world: World, user: string): number => {
  const key = world.shownTo(user)[0]?.msgKey
  const atMs = world.sends().filter(({ msgKey }) => msgKey === key)
  return Math.max(
    ...atMs.map(
      ({ startedAtMs }, nth) => startedAtMs - (atMs[nth - 1]?.startedAtMs ?? startedAtMs),
    ),
  )
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('an answer by %s', (kind) => {
  it(
    `is complete although its worker is killed at a random moment, ${KILLS} times over all kinds`,
    async () => {
      const random = seededRandom(20_261_124)
      const world = await worldOf(kind, { LEASE_MS: `${LEASE_MS}` })
      const kill = startWorkers(world)
      const users = Array.from({ length: Math.ceil(KILLS / 3) }, (_, nth) => `user${nth}`)
      const rest = [...users]
      const silences: number[] = []

      const lane = async () => {
        for (let user = rest.shift(); user !== undefined; user = rest.shift()) {
          await world.say(user)
          await vi.waitFor(() => expect(world.textTo(user ?? '')).not.toBe(''), 30_000)
          await wait(random() * lastsMs * 0.9)
          kill(user)
          await untilFinished(world, user, 90_000)
          world.expectShown(user, text)
          silences.push(longestSilence(world, user))
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, lane))

      expect(world.model.responses.every(({ mostOpen }) => mostOpen <= 1)).toBe(true)
      printFigure(
        `answers by ${kind} whose worker was killed: ${silences.length} complete; silence p50 ${percentile(silences, 50)} ms, ` +
          `p95 ${percentile(silences, 95)} ms, with a lease of ${LEASE_MS} ms`,
      )
    },
    120_000 + KILLS * 20_000,
  )

  it('goes on over short invocations under one message, with one connection at a time', async () => {
    const world = await worldOf(kind, { HAND_OVER_MS: '1000' })
    let invocations = 0
    world.poll({
      handler: await freshWorker(world.env),
      newContext: () => {
        invocations += 1
        return lambdaContext(2_500)
      },
    })

    await world.say('user1')
    await untilFinished(world, 'user1', 60_000)

    world.expectShown('user1', text)
    expect(invocations).toBeGreaterThan(2)
    expect(world.model.responses.every(({ mostOpen }) => mostOpen <= 1)).toBe(true)
    printFigure(
      `an answer by ${kind} of ${lastsMs} ms over ${invocations} invocations of 2.5 s: longest silence ${longestSilence(world, 'user1')} ms`,
    )
  }, 120_000)
})
