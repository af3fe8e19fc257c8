import { describe, expect, test } from 'vitest'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import { openingLost, openingOf, openingStarted } from '../../../lib/core/reply/opening.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { err } from '../../../lib/core/result.ts'
import type { WriterDeps } from '../../../lib/reply/writer-deps.ts'
import { sendReply } from '../../../lib/use-cases/send-reply.ts'
import { sweepOrphans } from '../../../lib/use-cases/sweep-orphans.ts'
import { faultAt } from '../../../local/simulator/faults.ts'
import { conversation, deliveryWorld, settings } from '../../support/delivery-world.ts'
import { unhurried } from '../../support/unhurried.ts'

type World = ReturnType<typeof deliveryWorld>

const firstCallLost = faultAt('send_stream_msg', 0, { kind: 'dropAfter' })

/** A whole reply that is typed: its first chunk is not known before it is sent. */
const typed = (deps: WriterDeps, replyId: string, text: string) =>
  sendReply(
    deps,
    settings,
    {
      replyId: replyId as ReplyId,
      conversation,
      pieces: [text],
      piecewise: false,
      charsPerSecond: 60,
    },
    unhurried,
  )

const text = 'The answer is long enough for some calls, and then it ends.'
const messages = (world: World) =>
  world.shown().map((shown) => `${shown.text}${shown.finished ? '' : ' OPEN'}`)

describe('a first call whose answer was lost', () => {
  test.each([-60, -3, -2, 0, 2, 3, 60])(
    'is found where the clock of the service is %i s ahead',
    async (seconds) => {
      const world = deliveryWorld({ faults: firstCallLost, aheadMs: seconds * 1_000 })

      await world.run(typed(world.deps, 'reply-1', text))

      expect(messages(world)).toEqual([text])
      expect(world.rules.violations).toEqual([])
    },
  )

  test.each([-60, -3, 3, 60])(
    'is found where the clock of the service is %i s ahead and was seen by earlier answers',
    async (seconds) => {
      const second = faultAt('send_stream_msg', 1, { kind: 'dropAfter' })
      const world = deliveryWorld({ faults: second, aheadMs: seconds * 1_000 })
      await world.run(
        sendReply(
          world.deps,
          settings,
          { replyId: 'before' as ReplyId, conversation, pieces: ['Before.'], piecewise: false },
          unhurried,
        ),
      )

      await world.run(typed(world.deps, 'reply-1', text))

      expect(messages(world)).toEqual(['Before.', text])
    },
  )

  test('is not lost because the store is out of reach for a moment when its message is claimed', async () => {
    const world = deliveryWorld({ faults: firstCallLost })
    const { store } = world.deps
    let failures = 2
    const claimMessage: typeof store.claimMessage = async (...claim) => {
      failures -= 1
      if (failures >= 0) throw new OutOfReach('store', 'the table is throttled')
      return store.claimMessage(...claim)
    }

    await world.run(typed({ ...world.deps, store: { ...store, claimMessage } }, 'reply-1', text))

    expect(failures).toBeLessThan(0)
    expect(messages(world)).toEqual([text])
  })

  test('ends although the store takes the end only after a while', async () => {
    const world = deliveryWorld()
    const { store } = world.deps
    let failures = 3
    const end: typeof store.end = async (...ending) => {
      failures -= 1
      if (failures >= 0) throw new OutOfReach('store', 'the table is throttled')
      return store.end(...ending)
    }

    await world.run(typed({ ...world.deps, store: { ...store, end } }, 'reply-1', text))

    expect(await store.read('reply-1' as ReplyId)).toMatchObject({ status: 'finished' })
  })
})

describe('two replies that begin alike', () => {
  const texts = {
    one: 'The answer, of the first reply, which goes on for a while.',
    two: 'The answer, of the second reply, which goes on as well.',
  }

  /** The second one opens its message while the first one looks for its own, and hears of it only after. */
  const play = async (kind: 'dropAfter' | 'dropBefore') => {
    const world = deliveryWorld({
      faults: faultAt('send_stream_msg', 0, { kind }),
      latencyMs: ({ command, index }) => (command === 'send_stream_msg' && index === 1 ? 600 : 80),
    })
    const slow = { ...settings, leaseMs: 15_000 }
    const send = (replyId: string, said: string) =>
      sendReply(
        world.deps,
        slow,
        {
          replyId: replyId as ReplyId,
          conversation,
          pieces: ['The answer, ', said.slice('The answer, '.length)],
          piecewise: true,
        },
        unhurried,
      )
    const first = send('one', texts.one)
    await world.run(world.clock.sleep(2_950))
    await world.run(Promise.all([first, send('two', texts.two)]))
    await world.run(world.clock.sleep(120_000))
    await world.run(sweepOrphans(world.deps, settings, unhurried))
    return world
  }

  test('keep to their own messages: the lost call made the oldest that fits', async () => {
    const world = await play('dropAfter')

    expect(messages(world)).toEqual([texts.one, texts.two])
    expect(world.sends()).toHaveLength(4)
  })

  test('never write into one message: who finds its own claimed by the other begins anew', async () => {
    const world = await play('dropBefore')

    expect(messages(world).sort()).toEqual([texts.one, texts.two].sort())
    expect(world.rules.violations).toEqual([])
  })
})

describe('a first call that was sent again', () => {
  const closedIn = async (world: World, said = text) => {
    await world.run(typed(world.deps, 'reply-1', said))
    const atTheEnd = messages(world)
    await world.run(world.clock.sleep(61_000))
    await world.run(sweepOrphans(world.deps, settings, unhurried))
    return { atTheEnd, afterTheSweep: messages(world) }
  }

  test('leaves no twin open that the service made late', async () => {
    const late = faultAt('send_stream_msg', 0, { kind: 'late', afterMs: 4_000 })
    const world = deliveryWorld({ faults: late })

    const { atTheEnd } = await closedIn(world, text.repeat(6))

    expect(atTheEnd).toHaveLength(2)
    expect(atTheEnd.filter((shown) => shown.endsWith('OPEN'))).toEqual([])
    expect(atTheEnd).toContain(text.repeat(6))
  })

  test('leaves no twin open that the service made after the end of the reply', async () => {
    const late = faultAt('send_stream_msg', 0, { kind: 'late', afterMs: 30_000 })
    const world = deliveryWorld({ faults: late })

    const { atTheEnd, afterTheSweep } = await closedIn(world)

    expect(atTheEnd).toEqual([text])
    expect(afterTheSweep).toHaveLength(2)
    expect(afterTheSweep.filter((shown) => shown.endsWith('OPEN'))).toEqual([])
    const later = world.clock.now() + 1e9
    expect(await world.deps.store.listUnsettled(later, 10)).toEqual([])
  })

  test.each([
    ['lets it be overwritten', true],
    ['does not', false],
  ])('leaves no twin open that was hidden at first, whether the service %s', async (_, modify) => {
    const rules = { hiddenForMs: 20_000, acceptModify: modify }
    const world = deliveryWorld({ faults: firstCallLost, rules })

    const { afterTheSweep } = await closedIn(world)

    expect(afterTheSweep).toHaveLength(2)
    expect(afterTheSweep.filter((shown) => shown.endsWith('OPEN'))).toEqual([])
  })

  test('leaves no twin open behind fifty ended replies that cannot be read', async () => {
    const late = faultAt('send_stream_msg', 0, { kind: 'late', afterMs: 30_000 })
    const world = deliveryWorld({ faults: late })
    const { store, chatApi, clock } = world.deps
    const nowMs = clock.now()
    for (let n = 0; n < 50; n += 1) {
      const replyId = `unreadable-${n}` as ReplyId
      const user = { from: conversation.from, to: `unreadable-${n}` }
      const progress = openingLost(
        openingStarted(
          unsentProgress(nowMs),
          openingOf({ text: 'The', finish: false }, 0, { fromMs: nowMs }),
        ),
        { untilMs: nowMs + 3_000 },
      )
      const reply = { replyId, kind: 'turn', conversation: user, createdAtMs: nowMs } as const
      await store.begin({ ...reply, progress, piecewise: false }, nowMs + 1)
      await store.end(replyId, 1, { status: 'finished', progress, lookAgainAtMs: nowMs + n })
    }
    Object.assign(world.deps, {
      chatApi: {
        ...chatApi,
        readMessages: async (...asked: Parameters<typeof chatApi.readMessages>) => {
          if (!asked[0].to.startsWith('unreadable')) return chatApi.readMessages(...asked)
          await clock.sleep(200)
          return err({ reason: 'inDoubt', detail: 'unreadable' })
        },
      },
    })

    const { afterTheSweep } = await closedIn(world)

    expect(afterTheSweep.filter((shown) => shown.endsWith('OPEN'))).toEqual([])
    const due = (agoMs: number) => store.listUnsettled(clock.now() + agoMs, 100)
    expect(await due(0)).toEqual([])
    expect(await due(3 * 60_000)).toHaveLength(50)
  })

  test('closes nothing that another program has written, nor what another reply has claimed', async () => {
    const world = deliveryWorld({ faults: faultAt('send_stream_msg', 0, { kind: 'dropBefore' }) })
    const others = ['The', 'Something else']
    const sending = typed(world.deps, 'reply-1', text)
    await world.run(world.clock.sleep(4_500))
    const keys = others.map((Chunk) => {
      const body = { From_Account: conversation.from, To_Account: conversation.to, Chunk }
      const answer = world.rules.handle(
        'openim_robot_http_svc/send_stream_msg',
        body,
        world.clock.now(),
      )
      return answer.MsgKey
    })
    await world.run(sending)
    await world.run(world.clock.sleep(61_000))
    await world.run(sweepOrphans(world.deps, settings, unhurried))

    const foreign = world.shown().filter(({ msgKey }) => keys.includes(msgKey))
    expect(foreign.map((shown) => [shown.text, shown.finished])).toEqual([
      ['The', false],
      ['Something else', false],
    ])
  })
})
