import { describe, expect, it } from 'vitest'
import { parseCallback } from '../../lib/adapters/tencent/tencent-callback.ts'
import type { Turn } from '../../lib/core/conversation/turn.ts'
import { acceptCallback } from '../../lib/use-cases/accept-callback.ts'
import { runTurn } from '../../lib/use-cases/run-turn.ts'
import { memoryHistory } from '../../local/memory/history.ts'
import { memoryUserRecords } from '../../local/memory/user-records.ts'
import { invocation, turnSettings, turnWorld } from '../support/delivery-world.ts'
import { repeatableWays } from '../support/ways.ts'

const group = '@TGS#group'
const bots = ['@RBT#bot', '@RBT#other']

/** What a member writes into the group, as Tencent posts it. */
const said = (member: string, n: number, text: string, named = bots.slice(0, 1)) =>
  parseCallback(
    'Bot.OnGroupMessage',
    JSON.stringify({
      GroupId: group,
      From_Account: member,
      MsgSeq: n,
      MsgTime: 1_700_000_000,
      EventTime: 1_700_000_000_000 + n,
      MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: text } }],
      AtRobots_Account: named,
    }),
  )

const pressedStop = (member: string, msgKey: string) =>
  parseCallback(
    'Bot.OnGroupMessage',
    JSON.stringify({
      GroupId: group,
      From_Account: member,
      MsgSeq: 9_999,
      MsgBody: [
        {
          MsgType: 'TIMCustomElem',
          MsgContent: { Data: JSON.stringify({ chatbotPlugin: 2, src: 22, msgKey }) },
        },
      ],
      AtRobots_Account: bots.slice(0, 1),
    }),
  )

const startWorld = ({ turnsPerMinute = 60, ways = repeatableWays[0]?.ways } = {}) => {
  const world = turnWorld()
  const { clock, deps } = world
  const enqueued: Turn[] = []
  const logged: string[] = []
  const users = memoryUserRecords({ clock })
  const history = memoryHistory({ clock, maxTurns: 10, hours: 24 })
  const log = {
    info: (event: string) => void logged.push(event),
    warn: (event: string) => void logged.push(event),
  }
  const accept = (callback: ReturnType<typeof said>) =>
    acceptCallback(
      {
        store: deps.store,
        clock,
        users,
        log,
        limitsOf: () => ({ perMinute: 0, perDay: 0 }),
        groups: { turnsPerMinute },
        metrics: { record: () => {} },
        turnQueue: { answerLater: async (turn) => void enqueued.push(turn) },
      },
      callback,
    )
  const settings = { ...turnSettings, ...(ways === undefined ? {} : { ways }) }
  const answer = (turn: Turn) => runTurn({ ...deps, history }, settings, turn, invocation(clock))
  return { ...world, accept, answer, enqueued, logged, history }
}

describe.each(repeatableWays.filter(({ to }) => to.group !== undefined))('$name', ({ ways }) => {
  it('a mention is answered in the group, and the answer names who asked', async () => {
    const world = startWorld({ ways })
    await world.accept(said('alice', 1, '@@RBT#bot hello'))

    await world.run(Promise.all(world.enqueued.map(world.answer)))

    const [shown] = world.rules.messages()
    expect(shown).toMatchObject({ from: '@RBT#bot', to: group, finished: true, group: true })
    expect(shown?.names?.join() ?? shown?.text.split(' ')[0]).toMatch(/^@?alice$/)
    expect(world.upstream.asked.map(({ text }) => text)).toEqual(['hello'])
    expect(world.rules.violations).toEqual([])
  })

  it('two bots named in one message answer, each once, however often it comes', async () => {
    const world = startWorld({ ways })
    await world.accept(said('alice', 1, 'hello', bots))
    await world.accept(said('alice', 1, 'hello', bots))

    await world.run(Promise.all(world.enqueued.map(world.answer)))

    const from = world.rules.messages().map((message) => message.from)
    expect(from.toSorted()).toEqual(bots.toSorted())
  })

  it('a Stop of whoever asked ends the answer, and nobody else’s does', async () => {
    const world = startWorld({ ways })
    await world.accept(said('alice', 1, 'hello'))
    const answering = Promise.all(world.enqueued.map(world.answer))
    const stopping = (async () => {
      await world.clock.sleep(1_500)
      const [shown] = world.rules.messages()
      const name = shown?.streamId ?? shown?.msgKey ?? ''
      const others = await world.accept(pressedStop('eve', name))
      const own = await world.accept(pressedStop('alice', `${shown?.msgSeq}`))
      return [others, own]
    })()

    const accepted = await world.run(stopping)
    await world.run(answering)

    expect(accepted).toEqual(['ignored', 'interrupted'])
    const [record] = await Promise.all(
      world.enqueued.map(({ replyId }) => world.deps.store.read(replyId)),
    )
    expect(record?.status).toBe('interrupted')
    expect(world.rules.messages().every(({ finished }) => finished)).toBe(true)
  })
})

describe('the members of a group', () => {
  it('share what was said before, each by name', async () => {
    const world = startWorld()
    await world.accept(said('alice', 1, 'one'))
    await world.accept(said('bob', 2, 'two'))
    for (const turn of world.enqueued) await world.run(world.answer(turn))

    const [, second] = world.upstream.asked
    expect(second?.history.map(({ asked }) => asked)).toEqual(['alice: one'])
    const [turn] = world.enqueued
    const now = await world.history.recall(turn?.conversation ?? { from: '', to: '' })
    expect(now.map(({ asked }) => asked)).toEqual(['alice: one', 'bob: two'])
  })

  it('are told that the bot is busy beyond what the group may ask in a minute, and others go on', async () => {
    const world = startWorld({ turnsPerMinute: 2 })

    for (const n of [1, 2, 3]) await world.accept(said(`member-${n}`, n, 'hello'))

    expect(world.enqueued.map(({ aside }) => aside)).toEqual([undefined, undefined, 'busy'])
    await world.accept(said('member-4', 70_000, 'hello'))
    expect(world.enqueued.at(-1)?.aside).toBeUndefined()
  })
})
