import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSimulator } from '../../../local/simulator/server.ts'
import { type Environment, eventFor } from '../../support/local-cloud.ts'
import { bundleFunction, startFunction } from '../../support/packaged-service.ts'
import { bot, user } from '../../support/replies-world.ts'
import { serviceWorlds } from '../../support/service-world.ts'
import { cutInto, traceText } from '../../support/texts.ts'

/** A process that has just started cannot tell the table's time better than this, and takes over when a lease is surely over. */
const UNSURE_MS = 2_500
const LEASE_MS = 2_000
const MIN_GAP_MS = 200

const startWorld = serviceWorlds()
let bundle: Awaited<ReturnType<typeof bundleFunction>>
beforeAll(async () => {
  bundle = await bundleFunction('replies')
})
afterAll(() => bundle.remove())

type World = Awaited<ReturnType<typeof startWorld>>

const startShortLeases = () =>
  startWorld({
    engine: 'auto',
    latencyMs: 40,
    env: { LEASE_MS: `${LEASE_MS}`, MIN_GAP_MS: `${MIN_GAP_MS}` },
  })

/** The replies function in a process of its own. */
const startProcess = ({ endings }: World, env: Environment) => {
  const started = startFunction(bundle.handlerPath, { ...env, POWERTOOLS_LOG_LEVEL: 'SILENT' })
  endings.push(() => {
    started.signal('SIGKILL')
    return started.stop()
  })
  return started
}

describe('eight processes that share one reply', () => {
  it('send its chunks once, in order, and merged', async ({ annotate }) => {
    const world = await startShortLeases()
    const text = traceText('english-60')
    const pushes = cutInto(text, 40).map((part, seq) => ({
      seq,
      text: part,
      finish: seq === 39,
      from: bot,
      to: user,
    }))
    const processes = Array.from({ length: 8 }, () => startProcess(world, world.env))

    const statuses = await Promise.all(
      processes.map(async ({ invoke }, index) => {
        const own: number[] = []
        for (const body of pushes.filter(({ seq }) => seq % 8 === index)) {
          await setTimeout(Math.random() * 500)
          const path = '/replies/reply-1/chunks'
          own.push((await invoke(eventFor(world.env, { path, body }))).statusCode)
        }
        return own
      }),
    )

    expect(statuses.flat().filter((status) => status !== 200 && status !== 202)).toEqual([])
    world.expectShown(user, text)
    expect(world.sends().length).toBeLessThan(25)
    await annotate(`40 requests to 8 processes, ${world.sends().length} calls`)
  })
})

const text = traceText('english-60').slice(0, 700)
const CHARS_PER_SECOND = 300

interface Blow {
  readonly to: string
  readonly signal: 'SIGKILL' | 'SIGSTOP'
  /** From the middle of a call, which takes 40 ms, to the signal. */
  readonly afterMs: number
}

/**
 * Never the moment just before a call: what a process had decided to send when it was frozen, it sends when it goes on, and
 * nobody can stop that.
 */
const betweenCalls = () => 50 + Math.random() * (MIN_GAP_MS - 110)

const blows = (
  name: string,
  count: number,
  signal: Blow['signal'],
  afterMs: () => number,
): readonly Blow[] =>
  Array.from({ length: count }, (_, index) => ({
    to: `${name}-${index}`,
    signal,
    afterMs: afterMs(),
  }))

/** Lets a process of its own deliver a reply, and signals it after a call before the middle of the text. */
const deliverUntil = async (world: World, env: Environment, { to, signal, afterMs }: Blow) => {
  const started = startProcess(world, env)
  const body = { replyId: `reply-${to}`, from: bot, to, text, charsPerSecond: CHARS_PER_SECOND }
  const answered = started.invoke(eventFor(env, { body })).catch(() => undefined)
  const chars = Math.random() * 0.5 * text.length
  const shownChars = () => world.textTo(to).length
  await expect.poll(shownChars, { timeout: 20_000, interval: 5 }).toBeGreaterThan(chars)
  await setTimeout(afterMs)
  started.signal(signal)
  return { to, answered, goOn: () => started.signal('SIGCONT') }
}

/** The simulator at one more address, which writes down when a chunk came by. */
const startWatchedSimulator = async ({ chat, endings }: World) => {
  const sendsAtMs: number[] = []
  const server = await startSimulator({
    ...chat,
    call(command, ...rest) {
      if (command.endsWith('/send_stream_msg')) sendsAtMs.push(Date.now())
      return chat.call(command, ...rest)
    },
  })
  endings.push(server.close)
  return { url: server.url, sendsAtMs }
}

describe('processes that are killed, or frozen for longer than their lease', () => {
  it('leave replies that the sweeper finishes, and send nothing more', { timeout: 60_000 }, async ({
    annotate,
  }) => {
    const world = await startShortLeases()
    const old = await startWatchedSimulator(world)
    const env = { ...world.env, CHAT_ENDPOINT: old.url }
    const strike = (struck: readonly Blow[]) =>
      Promise.all(struck.map((blow) => deliverUntil(world, env, blow)))
    const [killed, frozen, frozenInCall] = await Promise.all([
      strike(blows('killed', 3, 'SIGKILL', () => Math.random() * MIN_GAP_MS)),
      strike(blows('frozen', 10, 'SIGSTOP', betweenCalls)),
      strike(blows('frozen-in-call', 2, 'SIGSTOP', () => 0)),
    ])
    const replies = [...killed, ...frozen, ...frozenInCall]
    const goneAtMs = Date.now()

    await setTimeout(LEASE_MS + UNSURE_MS)
    // Every second one goes on while its reply is being written, the others when it has ended.
    const early = [...frozen, ...frozenInCall].filter((_, index) => index % 2 === 0)
    const goingOn = early.map(async ({ to, goOn }) => {
      const sentBefore = world.textTo(to).length
      const hasGrown = () => world.textTo(to).length > sentBefore || world.shownTo(to)[0]?.finished
      await expect.poll(hasGrown, { timeout: 20_000, interval: 5 }).toBe(true)
      goOn()
    })
    const sweep = await world.sweeper()
    await sweep()
    // What is typed at a rate is the worker's.
    await Promise.all([world.drain(), ...goingOn])
    for (const { goOn } of [...frozen, ...frozenInCall]) goOn()
    // The two whose call was under way go on looking for what became of it.
    const answers = await Promise.all(frozen.map(({ answered }) => answered))

    for (const { to } of replies) world.expectShown(to, text)
    expect(old.sendsAtMs.filter((atMs) => atMs > goneAtMs + 500)).toEqual([])
    const statuses = answers.map((answer) => answer?.statusCode)
    expect(statuses.filter((status) => status !== 202 && status !== 200)).toEqual([])
    await annotate(`${old.sendsAtMs.length} calls before, ${world.sends().length} in all`)
  })
})
