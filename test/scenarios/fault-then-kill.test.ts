import { describe, expect, test } from 'vitest'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { WriterDeps } from '../../lib/reply/writer-deps.ts'
import { sendReply } from '../../lib/use-cases/send-reply.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import { type FaultPlan, faultAt, noFaults } from '../../local/simulator/faults.ts'
import {
  conversation,
  deliveryWorld,
  readTrace,
  settings,
  textOf,
} from '../support/delivery-world.ts'
import { survivableFaults } from '../support/faults.ts'
import { type DeathByChunk, mortalProcess } from '../support/mortal.ts'
import { seededRandom } from '../support/rate-limit-world.ts'
import { carries } from '../support/shown-text.ts'
import { unhurried } from '../support/unhurried.ts'

const replyId = 'reply-1' as ReplyId

/** A fault at a call, and how the process ends that met it. */
interface Misfortune {
  readonly faults: FaultPlan
  readonly death: DeathByChunk
  readonly leaseMs: number
}

/** The text of a trace, and how fast it appears there. */
const typedReply = (trace: string) => {
  const tokens = readTrace(trace)
  const text = textOf(tokens)
  const charsPerSecond = Math.ceil(text.length / ((tokens.at(-1)?.t ?? 0) / 1_000))
  return { replyId, conversation, pieces: [text], piecewise: false, charsPerSecond }
}
type TypedReply = ReturnType<typeof typedReply>

const countCalls = async (reply: TypedReply): Promise<number> => {
  const world = deliveryWorld()
  await world.run(sendReply(world.deps, settings, reply, unhurried))
  return world.sends().length
}

/** One process writes until it dies or is done; when its lease has run out, another one sweeps. */
const playOut = async (reply: TypedReply, { faults, death, leaseMs }: Misfortune) => {
  const world = deliveryWorld({ faults })
  const leased = { ...settings, leaseMs }
  const write = (deps: WriterDeps) => sendReply(deps, leased, reply, unhurried)
  const mortal = mortalProcess(world.deps, death)
  const dead = mortal.death.then(() => 'dead' as const)
  const end = await world.run(Promise.race([write(mortal.deps), dead]))

  await world.run(world.clock.sleep(leaseMs + 100))
  await world.run(sweepOrphans(world.deps, leased, unhurried))

  const record = await world.deps.store.read(replyId)
  const shown = world.shown()
  const texts = shown.map(({ text }) => text)
  return {
    died: end === 'dead',
    status: record?.status,
    exact: carries(texts, reply.pieces.join('')),
    open: shown.filter(({ finished }) => !finished).length,
    violations: world.rules.violations,
  }
}

/** Each fault at every `stride`-th call; the process that meets it dies some awaits after it called, or after it heard. */
const misfortunes = (calls: number, stride: number, random: () => number) =>
  survivableFaults.flatMap((fault) =>
    Array.from({ length: Math.ceil(calls / stride) }, (_, nth) => {
      const index = Math.min(nth * stride + Math.floor(random() * stride), calls - 1)
      const after: DeathByChunk['after'] = random() < 0.5 ? 'call' : 'answer'
      const death = { chunk: index, after, awaits: Math.floor(random() * 13) }
      const leaseMs = random() < 0.5 ? 2_000 : settings.leaseMs
      return { fault, faults: faultAt('send_stream_msg', index, fault), death, leaseMs }
    }),
  )

describe.each([
  ['english-60', 1],
  ['chinese-40', 1],
  ['emoji-split-30', 1],
  ['fast-400', 1],
  ['clumped-80', 1],
  ['tool-pause', 3],
  ['long-15k', 10],
] as const)('%s', (trace, stride) => {
  const reply = typedReply(trace)

  test('a process killed soon after any fault at any call loses and repeats nothing, and its message is closed', async () => {
    const random = seededRandom(20_261_123)
    const all = misfortunes(await countCalls(reply), stride, random)
    let died = 0

    for (const misfortune of all) {
      const result = await playOut(reply, misfortune)

      const { fault, death, leaseMs } = misfortune
      expect(result, JSON.stringify({ fault, death, leaseMs })).toMatchObject({
        status: 'finished',
        exact: true,
        open: 0,
        violations: [],
      })
      died += result.died ? 1 : 0
    }
    // Only near the end of the reply the process may be done before its time has come.
    expect(died).toBeGreaterThan(all.length * 0.9)
  }, 300_000)
})

test('without the sweeper such a death leaves the message open', async () => {
  const reply = typedReply('english-60')
  const world = deliveryWorld({ faults: noFaults })
  const { deps, death } = mortalProcess(world.deps, { chunk: 3, after: 'answer', awaits: 0 })

  await world.run(Promise.race([sendReply(deps, settings, reply, unhurried), death]))

  expect(world.sends()).toHaveLength(4)
  expect(world.shown().map(({ finished }) => finished)).toEqual([false])
})
