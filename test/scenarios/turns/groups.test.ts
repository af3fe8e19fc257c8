import { describe, expect, it, vi } from 'vitest'
import { usualQuestion } from '../../support/known-secrets.ts'
import { bot } from '../../support/replies-world.ts'
import { readTrace, textOf } from '../../support/texts.ts'
import { turnWorlds } from '../../support/turn-world.ts'

const text = textOf(readTrace('english-60'))
const group = '@TGS#group'
const otherBot = '@RBT#other'

const startWorld = turnWorlds()
type World = Awaited<ReturnType<typeof startWorld>>

const waits = { timeout: 40_000, interval: 20 } as const
const shownIn = (world: World) =>
  world.chat.rules.messages().filter(({ to, from }) => to === group && from.startsWith('@RBT#'))
const untilFinished = (world: World, messages: number) =>
  vi.waitFor(
    () => expect(shownIn(world).filter(({ finished }) => finished)).toHaveLength(messages),
    waits,
  )

const post = (world: World, body: object) =>
  world.post(
    {
      CallbackCommand: 'Bot.OnGroupMessage',
      GroupId: group,
      Type: 'Public',
      Random: 1,
      MsgTime: Math.floor(Date.now() / 1_000),
      EventTime: Date.now(),
      OnlineOnlyFlag: 0,
      CloudCustomData: '',
      ...body,
    },
    'Bot.OnGroupMessage',
  )

const say = (world: World, member: string, n: number, named = [bot]) =>
  post(world, {
    From_Account: member,
    MsgSeq: n,
    MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: `@${bot} ${usualQuestion}` } }],
    AtRobots_Account: named,
  })

const pressStop = (world: World, member: string, msgKey: string) =>
  post(world, {
    From_Account: member,
    MsgSeq: 999,
    MsgBody: [
      {
        MsgType: 'TIMCustomElem',
        MsgContent: { Data: JSON.stringify({ chatbotPlugin: 2, src: 22, msgKey }) },
      },
    ],
    AtRobots_Account: [bot],
  })

const ways = [
  { GROUP_STREAM: 'modify', prefix: '' },
  { GROUP_STREAM: 'native', prefix: '@alice ' },
] as const

describe.each(ways)('in a group, by $GROUP_STREAM', ({ GROUP_STREAM, prefix }) => {
  it('a mention is answered by each bot that it names, once, and members do not wait for each other', async () => {
    const world = await startWorld({ workers: 3, model: { speed: 8 }, env: { GROUP_STREAM } })

    const statuses = await Promise.all([
      say(world, 'alice', 1, [bot, otherBot]),
      say(world, 'alice', 1, [bot, otherBot]),
      say(world, 'bob', 2),
    ])
    await untilFinished(world, 3)

    expect(statuses).toEqual([200, 200, 200])
    const shown = shownIn(world)
    expect(shown.map(({ from }) => from).toSorted()).toEqual([bot, bot, otherBot])
    const own = shown.find(({ from }) => from === otherBot)
    expect(own?.text).toBe(prefix + text)
    expect(world.model.requests).toHaveLength(3)
    const asked = world.model.requests.map(({ messages }) => messages)
    expect(asked).toContainEqual([{ role: 'user', content: `alice: ${usualQuestion}` }])
    expect(world.chat.rules.violations).toEqual([])
  })

  it('a Stop of whoever asked ends the answer', async () => {
    const world = await startWorld({ env: { GROUP_STREAM } })
    await say(world, 'alice', 1)
    await vi.waitFor(() => expect(shownIn(world)[0]?.text.length).toBeGreaterThan(20), waits)
    const [shown] = shownIn(world)

    await pressStop(world, 'bob', shown?.msgKey ?? '')
    await pressStop(world, 'alice', shown?.msgKey ?? '')
    await untilFinished(world, 1)

    const [ended] = shownIn(world)
    expect(ended?.text.length).toBeLessThan(text.length)
    expect((prefix + text).startsWith(ended?.text ?? 'nothing')).toBe(true)
    expect(world.chat.rules.violations).toEqual([])
  })
})
