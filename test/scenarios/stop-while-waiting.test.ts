import { describe, expect, test } from 'vitest'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { RateLimit } from '../../lib/ports.ts'
import { rateLimit } from '../../lib/rate-limit/index.ts'
import { memorySlotStore } from '../../local/memory/slot-store.ts'
import { type Fault, type FaultPlan, noFaults } from '../../local/simulator/faults.ts'
import type { ChatSettings } from '../../local/simulator/settings.ts'
import { deliveryWorld } from '../support/delivery-world.ts'
import type { VirtualClock } from '../support/virtual-clock.ts'

const replyId = 'reply-1' as ReplyId
const ROUND_TRIP_MS = 80
/** The goal: what a user waits for who presses Stop. */
const SHOWN_WITHIN_MS = 2_000 + ROUND_TRIP_MS

interface Wait {
  readonly faults?: FaultPlan
  readonly rules?: Partial<ChatSettings>
  readonly minGapMs?: number
  readonly limit?: (clock: VirtualClock) => RateLimit
  /** When Stop is pressed, counted from the reply's begin. */
  readonly stopsAtMs: readonly number[]
}

const slowDown: Fault = { kind: 'code', code: 60_007 }

const log = { info: () => {}, warn: () => {} }

/** A process whose other replies want four times as many calls as there are. */
const crowded = (clock: VirtualClock): RateLimit => {
  const limit = rateLimit({
    store: memorySlotStore({ clock }),
    clock,
    random: () => 0.5,
    callsPerSecond: 10,
    log,
  })
  const never = new AbortController().signal
  const keepAsking = async () => {
    for (let call = 0; call < 40; call += 1) {
      await limit.slot('middle', never)
      await clock.sleep(200)
    }
  }
  for (let reply = 0; reply < 40; reply += 1) void keepAsking()
  return limit
}

const every = (stepMs: number, fromMs: number, toMs: number): readonly number[] =>
  Array.from({ length: Math.floor((toMs - fromMs) / stepMs) }, (_, n) => fromMs + n * stepMs)

const waits: Readonly<Record<string, Wait>> = {
  'for a gap of a minute': { minGapMs: 60_000, stopsAtMs: every(3_700, 500, 50_000) },
  // From when the service takes calls again, whose gap has become eight seconds wide.
  'after being told to slow down': {
    faults: ({ command, index }) =>
      command === 'send_stream_msg' && index > 1 && index < 9 ? slowDown : undefined,
    stopsAtMs: every(1_100, 22_000, 44_000),
  },
  'for a history that cannot be read': {
    faults: ({ command, index }) =>
      command === 'send_stream_msg' && index === 3 ? { kind: 'dropAfter' } : undefined,
    rules: { readBack: 'refused' },
    stopsAtMs: every(2_300, 4_500, 30_000),
  },
  'for the answer of a call that was applied': {
    faults: ({ command, index }) =>
      command === 'send_stream_msg' && index === 3 ? { kind: 'hangAfter' } : undefined,
    stopsAtMs: every(400, 700, 5_500),
  },
  'for its slot among too many': { limit: crowded, stopsAtMs: every(900, 3_000, 20_000) },
}

/** How long it takes from the stop until the message is seen closed, in ms. */
const shownAfterMs = async (wait: Wait, stopsAtMs: number): Promise<number> => {
  const world = deliveryWorld({
    latencyMs: ROUND_TRIP_MS,
    faults: wait.faults ?? noFaults,
    ...(wait.rules === undefined ? {} : { rules: wait.rules }),
  })
  const { clock, deps } = world
  if (wait.limit !== undefined) Object.assign(deps, { rateLimit: wait.limit(clock) })
  async function* answer() {
    for (let word = 0; word < 1_200; word += 1) {
      yield `word ${word} `
      await clock.sleep(50)
    }
  }
  const { minGapMs = 200 } = wait
  let stoppedAtMs = 0
  const stopping = clock.sleep(stopsAtMs).then(() => {
    stoppedAtMs = clock.now()
    return deps.store.requestCancel(replyId)
  })

  const receipt = await world.run(world.deliver(answer(), { replyId, minGapMs }))

  await world.run(stopping)
  expect(receipt.status).toBe('interrupted')
  expect(world.shown().map(({ finished }) => finished)).toEqual([true])
  return (world.sends().at(-1)?.appliedAtMs ?? Number.NaN) - stoppedAtMs
}

describe('Stop is shown within two seconds and a round trip while the writer waits', () => {
  test.each(Object.entries(waits))(
    '%s',
    async (name, wait) => {
      const latenciesMs: number[] = []
      for (const atMs of wait.stopsAtMs) latenciesMs.push(await shownAfterMs(wait, atMs))

      console.info(`stop ${name}: at most ${Math.max(...latenciesMs)} ms`)
      expect(Math.max(...latenciesMs)).toBeLessThanOrEqual(SHOWN_WITHIN_MS)
    },
    30_000,
  )
})
