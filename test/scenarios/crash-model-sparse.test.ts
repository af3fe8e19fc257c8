import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attemptPauseMs } from '../../lib/core/reply/attempt.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { openMessages } from '../../lib/reply/open-messages.ts'
import type { WriterDeps } from '../../lib/reply/writer-deps.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import { memoryVerdictStore } from '../../local/memory/verdict-store.ts'
import { type Fault, faultAt } from '../../local/simulator/faults.ts'
import { deliveryWorld, settings as usual, writeTurn } from '../support/delivery-world.ts'
import { mortalProcess } from '../support/mortal.ts'
import { unhurried } from '../support/unhurried.ts'

/** What is known of open messages when a reply begins: shown, nothing, hidden; or they are shown, and hidden from some moment on. */
type State = 'yes' | 'unknown' | 'no' | 'turning'

const replyId = 'reply-1' as ReplyId
const SETTLING_MS = 3_300
const PAUSE_MS = attemptPauseMs(3)

const unit = fc.constantFrom('word ', 'a', '. ', '\n\n', '```js\n', '\n```\n', '中文', '👩‍🚀', '🇰🇷')
const faults: readonly (Fault | undefined)[] = [
  undefined,
  { kind: 'dropBefore' },
  { kind: 'dropAfter' },
  { kind: 'hangAfter' },
  { kind: 'late', afterMs: 1_500 },
  { kind: 'http', status: 502, applied: true },
  { kind: 'code', code: 60007 },
]

const life = fc.record({
  pieces: fc.array(fc.string({ unit, minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 40,
  }),
  repeat: fc.constantFrom(1, 1, 1, 12),
  diesAt: fc.array(fc.nat(120), { minLength: 1, maxLength: 2 }),
  cancelAtMs: fc.option(fc.nat(4_000), { nil: undefined }),
  fault: fc.constantFrom(...faults),
  faultAt: fc.nat(12),
  hiddenFromMs: fc.nat(4_000),
  leaseMs: fc.constantFrom(2_000, 15_000),
})
type Life = typeof life extends fc.Arbitrary<infer L> ? L : never

const isHidden = (state: State, { hiddenFromMs }: Life, afterMs: number): boolean =>
  state === 'no' || (state === 'turning' && afterMs >= hiddenFromMs)

const liveAndDie = async (state: State, play: Life) => {
  const { leaseMs, cancelAtMs, fault } = play
  const pieces = play.pieces.map((text) => text.repeat(play.repeat))
  const world = deliveryWorld({
    ...(fault === undefined ? {} : { faults: faultAt('send_stream_msg', play.faultAt, fault) }),
  })
  const { chatApi, clock, log, store } = world.deps
  const startMs = clock.now()
  const verdicts = memoryVerdictStore()
  if (state !== 'unknown') {
    await verdicts.note({ shown: state !== 'no', atMs: startMs })
  }
  const deps = (): WriterDeps => ({
    ...world.deps,
    openMessages: openMessages({ store: verdicts, clock, log }),
    chatApi: {
      ...chatApi,
      readMessages: async (...query) => {
        const read = await chatApi.readMessages(...query)
        if (!read.ok || !isHidden(state, play, clock.now() - startMs)) return read
        return { ok: true, value: read.value.filter(({ finished }) => finished) }
      },
    },
  })
  const settings = { ...usual, leaseMs, messageBytes: 2_048 }
  if (cancelAtMs !== undefined) {
    void clock.sleep(cancelAtMs).then(() => store.requestCancel(replyId))
  }

  const [first = 0, ...later] = play.diesAt
  const live = (dies: number, work: (own: WriterDeps) => Promise<unknown>) => {
    const { death, deps: own } = mortalProcess(deps(), dies)
    return world.run(Promise.race([work(own), death]))
  }
  await live(first, (own) => writeTurn(own, settings, pieces, { everyMs: 90 }))
  for (const dies of [...later, Number.POSITIVE_INFINITY]) {
    await world.run(clock.sleep(leaseMs + SETTLING_MS + PAUSE_MS))
    await live(dies, (own) => sweepOrphans(own, settings, unhurried))
  }
  const record = await store.read(replyId)
  return { world, record, text: pieces.join('') }
}

const notice = /(\n```)?(\n\n)?\((Something went wrong|stopped)[^)]*\)$/
const shownText = ({ world }: Awaited<ReturnType<typeof liveAndDie>>) =>
  world
    .shown()
    .map(({ text }) => text)
    .join('')
    .replace(notice, '')

const ran = { numRuns: 500, seed: 20_261_125 }

describe('a text that died with its writer is closed behind what was shown', () => {
  test.each(['yes', 'unknown'] as const)(
    'where the verdict on open messages is %s',
    async (state) => {
      await fc.assert(
        fc.asyncProperty(life, async (play) => {
          const lived = await liveAndDie(state, play)
          const { world, record, text } = lived

          expect(record?.status).not.toBe('open')
          expect(world.shown().every(({ finished }) => finished)).toBe(true)
          expect(world.rules.violations).toEqual([])
          if (play.repeat === 1) expect(text.startsWith(shownText(lived))).toBe(true)
          else expect(shownText(lived).length).toBeLessThan(text.length + 40)
        }),
        ran,
      )
    },
    300_000,
  )

  /** Where nobody can see a message, an answer that is lost leaves one chunk in doubt, and what nobody heard the name of is not found. */
  test.each(['no', 'turning'] as const)(
    'where it is %s',
    async (state) => {
      await fc.assert(
        fc.asyncProperty(life, async (given) => {
          // Whether a fence is open cannot be seen either.
          const pieces = given.pieces.map((piece) => piece.replaceAll('```', ''))
          const play = { ...given, pieces, fault: undefined }
          const lived = await liveAndDie(state, play)
          const { world, record, text } = lived

          expect(record?.status).not.toBe('open')
          const names: readonly string[] = record?.progress.msgKeys ?? []
          const named = world.shown().filter(({ msgKey }) => names.includes(msgKey))
          expect(named.every(({ finished }) => finished)).toBe(true)
          expect(world.rules.violations).toEqual([])
          if (play.repeat === 1) expect(text.startsWith(shownText(lived))).toBe(true)
          else expect(shownText(lived).length).toBeLessThan(text.length + 40)
        }),
        ran,
      )
    },
    300_000,
  )
})
