import { describe, expect, it, vi } from 'vitest'
import { DEFAULT_NOTICES } from '../../../lib/core/reply/notice.ts'
import type { ModelFault } from '../../../local/model/events.ts'
import { percentile, printFigure } from '../../support/figures.ts'
import { breaksOff } from '../../support/shown-text.ts'
import { readTrace, textOf } from '../../support/texts.ts'
import { turnWorlds } from '../../support/turn-world.ts'

const tokens = readTrace('english-60')
const text = textOf(tokens)
const { failed } = DEFAULT_NOTICES

const startWorld = turnWorlds()
type World = Awaited<ReturnType<typeof startWorld>>

const waits = { timeout: 25_000, interval: 20 } as const
const finishedMessages = (world: World, user: string) =>
  world.shownTo(user).filter(({ finished }) => finished)
const untilFinished = (world: World, user: string, messages = 1) =>
  vi.waitFor(() => expect(finishedMessages(world, user)).toHaveLength(messages), waits)
const untilShown = (world: World, user: string, chars: number) =>
  vi.waitFor(() => expect(world.textTo(user).length).toBeGreaterThan(chars), waits)

describe("a user's message", () => {
  it('is answered with what the model says, as it says it', async () => {
    const world = await startWorld({ latencyMs: 40 })

    expect(await world.say('user01')).toBe(200)
    await untilFinished(world, 'user01')

    world.expectShown('user01', text)
    const [request] = world.model.requests
    expect(request?.messages).toEqual([{ role: 'user', content: 'Why do tides come twice a day?' }])
    const firstText = world.sends()[0]?.appliedAtMs ?? Number.NaN
    printFigure(
      `first token of the model to first text at the service: ${firstText - (request?.firstTokenAtMs ?? 0)} ms, of which 20 ms are the way there`,
    )
    expect(world.sends().length).toBeGreaterThan(10)
  })

  it('is answered once, however often and at once its callback comes', async () => {
    const world = await startWorld({ workers: 3, model: { speed: 8 } })
    const message = world.messageOf('user01', 'Hello?', 1)

    const statuses = await Promise.all(Array.from({ length: 5 }, () => world.post(message)))
    await untilFinished(world, 'user01')
    await vi.waitFor(async () => expect(await world.queue.waiting()).toBe(0), waits)

    expect(statuses).toEqual([200, 200, 200, 200, 200])
    expect(world.model.requests).toHaveLength(1)
    world.expectShown('user01', text)
  })

  it('waits for the answer to the one before it', async () => {
    const world = await startWorld({ workers: 3, model: { speed: 8 } })

    await world.say('user01', 'first', 1)
    await world.say('user01', 'second', 2)
    await untilFinished(world, 'user01', 2)

    const asked = world.model.requests.map(({ messages }) => messages)
    expect(asked).toEqual([
      [{ role: 'user', content: 'first' }],
      [{ role: 'user', content: 'second' }],
    ])
    const [firstKey, secondKey] = world.shownTo('user01').map(({ msgKey }) => msgKey)
    const callsTo = (msgKey: string | undefined) =>
      world.sends().filter((call) => call.msgKey === msgKey)
    const firstEnd = callsTo(firstKey).at(-1)?.endedAtMs ?? Number.NaN
    expect(callsTo(secondKey)[0]?.startedAtMs).toBeGreaterThanOrEqual(firstEnd)
  })

  it('is remembered: the model is told what was said before', async () => {
    const world = await startWorld({ env: { HISTORY_TURNS: '5', SYSTEM_PROMPT: 'Be kind.' } })
    world.model.set({ tokens: [{ t: 0, text: 'It is noon.' }] })

    await world.say('user01', 'What is the time?', 1)
    await untilFinished(world, 'user01', 1)
    await world.say('user01', 'And now?', 2)
    await untilFinished(world, 'user01', 2)

    expect(world.model.requests[1]?.messages).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'What is the time?' },
      { role: 'assistant', content: 'It is noon.' },
      { role: 'user', content: 'And now?' },
    ])
  })
})

describe('fifty users at once', () => {
  it('are all answered, side by side', async () => {
    const world = await startWorld({
      engine: 'auto',
      workers: 8,
      latencyMs: 40,
      env: { MIN_GAP_MS: '300' },
    })
    const users = Array.from({ length: 50 }, (_, n) => `user${n}`)
    const startMs = Date.now()

    await Promise.all(users.map((user) => world.say(user)))
    const received = world.latenciesMs.slice()
    for (const user of users) await untilFinished(world, user)

    for (const user of users) expect(world.textTo(user)).toBe(text)
    expect(world.chat.rules.violations).toEqual([])
    const lastMs = (tokens.at(-1)?.t ?? 0) * 50
    expect(Date.now() - startMs).toBeLessThan(lastMs / 5)
    printFigure(
      `50 users: all answered ${Date.now() - startMs} ms after the first message, a trace of ${tokens.at(-1)?.t} ms; ` +
        `webhook p50 ${percentile(received, 50).toFixed(0)} ms, p99 ${percentile(received, 99).toFixed(0)} ms, all fifty at once`,
    )
  })
})

describe('the webhook, warm', () => {
  it('answers far inside two seconds', async () => {
    const world = await startWorld({ workers: 0 })
    for (let n = 1; n <= 120; n += 1) await world.say('user01', 'Hello?', n)

    const warm = world.latenciesMs.slice(20)

    printFigure(
      `webhook, warm, one after another: p50 ${percentile(warm, 50).toFixed(1)} ms, p99 ${percentile(warm, 99).toFixed(1)} ms, of ${warm.length}`,
    )
    expect(percentile(warm, 50)).toBeLessThan(2_000)
    expect(await world.queue.waiting()).toBe(120)
  })
})

describe('Stop', () => {
  it('closes the connection to the model and the message, and nothing is sent after', async () => {
    const world = await startWorld({ latencyMs: 40 })
    await world.say('user01')
    await untilShown(world, 'user01', 60)

    const stoppedAtMs = Date.now()
    expect(await world.pressStop('user01')).toBe(200)
    await untilFinished(world, 'user01')

    const calls = world.sends().length
    const [request] = world.model.requests
    await vi.waitFor(() => expect(request?.givenUpAtMs).toBeDefined(), waits)
    printFigure(
      `Stop: connection to the model closed after ${(request?.givenUpAtMs ?? 0) - stoppedAtMs} ms, message after ${Date.now() - stoppedAtMs} ms`,
    )
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(world.sends()).toHaveLength(calls)
    expect(text.startsWith(world.textTo('user01'))).toBe(true)
    expect(world.textTo('user01').length).toBeLessThan(text.length)
  })

  it('pressed by somebody else does nothing', async () => {
    const world = await startWorld({ model: { speed: 4 } })
    await world.say('user01')
    await untilShown(world, 'user01', 20)

    const sent = { chatbotPlugin: 2, src: 22, msgKey: world.shownTo('user01')[0]?.msgKey }
    await world.post({
      ...world.messageOf('stranger', '', 9),
      MsgBody: [{ MsgType: 'TIMCustomElem', MsgContent: { Data: JSON.stringify(sent) } }],
    })
    await untilFinished(world, 'user01')

    world.expectShown('user01', text)
  })
})

describe('a model that', () => {
  const faults: Readonly<Record<string, ModelFault>> = {
    'dies in the middle': { kind: 'dies-after', after: 100 },
    'ends before it says anything': { kind: 'ends-early', after: 0 },
    'never starts': { kind: 'never-starts' },
    'answers 500': { kind: 'status', status: 500 },
    'answers 401': { kind: 'status', status: 401 },
    'hangs for ever': { kind: 'hangs-after', after: 100 },
    'speaks HTML': { kind: 'html' },
  }

  it.each(Object.keys(faults))(
    '%s has its message closed with the notice, and is not asked for the turn again',
    async (name) => {
      const fault = faults[name] ?? { kind: 'none' }
      const world = await startWorld({
        model: { fault, speed: 4 },
        env: { SOURCE_TIMEOUT_MS: '1500', LEASE_MS: '2000' },
      })

      await world.say('user01')
      await untilFinished(world, 'user01')

      expect(breaksOff(world.textTo('user01'), text, failed)).toBe(true)
      await vi.waitFor(async () => expect(await world.queue.waiting()).toBe(0), waits)
      const asked = world.model.requests.length
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(world.model.requests).toHaveLength(asked)
      expect(world.shownTo('user01')).toHaveLength(1)
      const line = world.log().find((entry) => entry.includes('"turn-answered"')) ?? '{}'
      expect(JSON.parse(line)).toMatchObject({ status: 'failed', reason: 'source-failed' })
      printFigure(`a model that ${name}: "${JSON.parse(line).detail}"`)
    },
  )
})
