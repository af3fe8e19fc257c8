import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { composeWriter, type Writer } from '../../../lib/compose/writer.ts'
import { readConfig } from '../../../lib/config.ts'
import { type Environment, startLocalCloud } from '../../support/local-cloud.ts'
import { seededRandom } from '../../support/rate-limit-world.ts'
import { carries } from '../../support/shown-text.ts'
import { giveUpOldCalls, stampCalls } from './call-age.ts'
import { type PlannedProcess, planProcess } from './plan-replies.ts'
import { type PlannedReply, pushAgain } from './planned-reply.ts'
import { startSweeper, startWriter, warmUp } from './processes.ts'

/** `KILLS=200` in the environment runs the whole; by default there are as many as a test suite has time for. */
const KILLS = Number(process.env['KILLS'] ?? 40)
/** As many for each of the other ways to write. */
const KILLS_OF_WAYS = Number(process.env['KILLS_OF_WAYS'] ?? 8)
const SEED = Number(process.env['KILL_SEED'] ?? 20_261_123)
/** Writers alive at the same time. With many more, connections wait for this process, which accepts one in each turn. */
const WIDTH = 6
const SWEEPERS = 2
const POLL_MS = 250

type Cloud = Awaited<ReturnType<typeof startLocalCloud>>

const silent = { info: () => {}, warn: () => {} }

/** A function of its own: clients and signature are made anew. */
const freshWriter = (env: Environment): Writer => composeWriter(readConfig(env), silent)

/** A way to write, and what its writers are told. */
interface KilledWay {
  readonly name: string
  readonly inGroup: boolean
  readonly env: Environment
}

const ways: readonly KilledWay[] = [
  { name: 'modify', inGroup: true, env: { GROUP_GAP_MS: '40' } },
  { name: 'native, to users', inGroup: false, env: { C2C_STREAM: 'native' } },
  { name: 'native, to groups', inGroup: true, env: { GROUP_STREAM: 'native' } },
]
const usualWay: KilledWay = { name: 'stream_msg', inGroup: false, env: {} }

const startWorld = async (way: KilledWay, random: () => number) => {
  const oldCalls = giveUpOldCalls()
  const stampNoMore = stampCalls()
  const cloud = await startLocalCloud({
    latencyMs: () => 20 + random() * 40,
    rules: {
      callsPerSecond: 100_000,
      groupCallsPerSecond: 100_000,
      nativeCallsPerSecond: 1_000,
    },
    engine: 'auto',
  })
  const compileCache = mkdtempSync(join(tmpdir(), 'killed-writers-'))
  const env = {
    ...cloud.env,
    LEASE_MS: '1500',
    MIN_GAP_MS: '40',
    MESSAGE_BYTES: '2048',
    NODE_COMPILE_CACHE: compileCache,
    ...way.env,
  }
  await warmUp(env)
  const sweepers = Array.from({ length: SWEEPERS }, () => startSweeper(env))
  const stopSweepers = () => Promise.all(sweepers.map((sweeper) => sweeper.stop()))
  const close = async () => {
    await stopSweepers()
    oldCalls.stop()
    stampNoMore()
    await cloud.close()
    rmSync(compileCache, { recursive: true })
  }
  return { cloud, env, oldCalls, stopSweepers, close }
}

/** Runs a process and kills it; what it died of, and how many of its replies were open then. */
const runAndKill = async (
  env: Environment,
  plan: PlannedProcess,
  store: Writer['deps']['store'],
) => {
  const { replies, killedAfter, livesMs, messageBytes } = plan
  const child = startWriter(
    { ...env, MESSAGE_BYTES: String(messageBytes), STREAM_BYTES: String(messageBytes) },
    replies,
  )
  if (killedAfter === 'firstWord') await child.begun
  await wait(livesMs)
  const diedOf = await child.kill()
  const records = await Promise.all(replies.map(({ replyId }) => store.read(replyId)))
  return { diedOf, open: records.filter((record) => record?.status === 'open').length }
}

/** Does what a list asks for, `WIDTH` at a time. */
const inPool = async <T>(list: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const rest = [...list]
  const lane = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: WIDTH }, lane))
}

/** Resolves when none of the replies is open any more. */
const allClosed = async ({ store }: Writer['deps'], replies: readonly PlannedReply[]) => {
  for (let left = replies; left.length > 0; await wait(POLL_MS)) {
    const records = await Promise.all(left.map(({ replyId }) => store.read(replyId)))
    left = left.filter((_, nth) => records[nth]?.status === 'open')
  }
}

/** How a reply stands in the end; `fine` where nobody can complain. */
const verdict = async (
  { cloud, store }: { readonly cloud: Cloud; readonly store: Writer['deps']['store'] },
  { replyId, pieces, kind }: PlannedReply,
) => {
  const record = await store.read(replyId)
  const messages = cloud.chat.rules.messages().filter(({ to }) => to === replyId)
  const texts = messages.map(({ text }) => text)
  const closed = messages.every(({ finished }) => finished)
  // Killed before its record was written: nobody was promised anything, and nothing may be shown.
  const fine =
    record === undefined
      ? kind !== 'pushed' && texts.length === 0
      : record.status === 'finished' && carries(texts, pieces.join('')) && closed
  return { replyId, kind, fine, closed, record, texts, pieces }
}

/** Kills so many processes, and looks at what all of their replies have come to. */
const killAndJudge = async (way: KilledWay, kills: number, openAtLeast: number): Promise<void> => {
  const random = seededRandom(SEED)
  const plans = Array.from({ length: kills }, (_, number) =>
    planProcess(number, random, way.inGroup),
  )
  const replies = plans.flatMap((plan) => plan.replies)
  const world = await startWorld(way, seededRandom(SEED + 1))
  const { cloud, env } = world
  try {
    const producer = freshWriter(env)
    const deaths: Awaited<ReturnType<typeof runAndKill>>[] = []
    const repeats: Promise<void>[] = []

    await inPool(plans, async (plan) => {
      deaths.push(await runAndKill(env, plan, producer.deps.store))
      for (const reply of plan.replies.filter(({ kind }) => kind === 'pushed')) {
        repeats.push(
          wait(random() * 3_000).then(() => pushAgain(producer.deps, producer.settings, reply)),
        )
      }
    })
    await Promise.all(repeats)
    await allClosed(producer.deps, replies)
    const sweepersEnded = await world.stopSweepers()

    // What nobody goes on with the service ends itself.
    cloud.chat.rules.endSilent(Date.now() + 60_000)
    const seen = { cloud, store: producer.deps.store }
    const verdicts = await Promise.all(replies.map((reply) => verdict(seen, reply)))
    const wrong = verdicts.filter(({ fine }) => !fine)
    const open = deaths.reduce((sum, death) => sum + death.open, 0)
    console.log(
      `${way.name}: ${deaths.length} kills (seed ${SEED}), ${replies.length} replies, ${open} open at the kill, ` +
        `${cloud.chat.calls.length} calls (${world.oldCalls.count()} too old and given up), ${wrong.length} texts with lost or repeated characters`,
    )
    expect(deaths.map(({ diedOf }) => diedOf)).toEqual(plans.map(() => 'SIGKILL'))
    expect(sweepersEnded).toEqual(sweepersEnded.map(() => 'exit 0'))
    expect(wrong).toEqual([])
    expect(cloud.chat.rules.violations).toEqual([])
    expect(open).toBeGreaterThan(openAtLeast)
  } finally {
    await world.close()
  }
}

test(
  `${KILLS} processes killed at random moments leave every text exact and every message closed`,
  () => killAndJudge(usualWay, KILLS, KILLS / 2),
  60_000 + KILLS * 1_000,
)

test.each(ways)(
  `the same of ${KILLS_OF_WAYS} that write another way: $name`,
  (way) => killAndJudge(way, KILLS_OF_WAYS, 0),
  60_000 + KILLS_OF_WAYS * 1_500,
)
