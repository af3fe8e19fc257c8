import { describe, expect, it } from 'vitest'
import type { SourceRequest } from '../../lib/core/conversation/source-request.ts'
import type { Turn } from '../../lib/core/conversation/turn.ts'
import { OutOfReach } from '../../lib/core/out-of-reach.ts'
import type { Conversation } from '../../lib/core/reply/reply.ts'
import type { ReplySource } from '../../lib/ports.ts'
import { answerByRule } from '../../lib/use-cases/answer-by-rule.ts'
import { runTurn } from '../../lib/use-cases/run-turn.ts'
import { memoryHistory } from '../../local/memory/history.ts'
import { deliveryWorld, settings, turnOf, turnSettings } from '../support/delivery-world.ts'
import { never } from '../support/unhurried.ts'

const endless = { startBy: never, handOver: never, deadline: never }
const notices = {
  unreadable: 'I can read {takes}.',
  reset: 'Anew.',
  greeting: 'Hello!',
  busy: 'Slow down.',
  paused: 'A person comes.',
}

const ruledWorld = () => {
  const world = deliveryWorld()
  const history = memoryHistory({ clock: world.clock, maxTurns: 5, hours: 24 })
  const asked: SourceRequest[] = []
  const answering: ReplySource = async function* (request) {
    asked.push(request)
    yield `You said ${request.turn.text}.`
  }
  const manners = {
    notices,
    resetCommands: ['/new'],
    beginAnew: (conversation: Conversation) => history.forget(conversation),
  }
  const source = answerByRule(Object.assign(answering, { takes: ['image'] as const }), manners)
  let turns = 0
  return {
    ...world,
    history,
    asked,
    source,
    /** Each message of the user is a turn of its own. */
    say: (changes: Partial<Turn>, own: Partial<typeof manners> = {}) => {
      turns += 1
      const answerer = answerByRule(source, { ...manners, ...own })
      const deps = { ...world.deps, source: answerer, history }
      return world.run(runTurn(deps, turnSettings, { ...turnOf(turns), ...changes }, endless))
    },
    last: () => world.shown().at(-1),
  }
}

describe('a bot that answers by rule', () => {
  it('says what it can read where a message holds nothing of it, and asks nobody', async () => {
    const world = ruledWorld()

    await world.say({ text: '', attachments: [{ kind: 'sticker', index: 1 }] })

    expect(world.last()).toMatchObject({ text: 'I can read text and pictures.', finished: true })
    expect(world.asked).toEqual([])
  })

  it('forgets the conversation where its user begins anew', async () => {
    const world = ruledWorld()

    await world.say({ text: 'one' })
    await world.say({ text: 'two' })
    await world.say({ text: ' /NEW ' })
    expect(world.last()).toMatchObject({ text: 'Anew.', finished: true })
    await world.say({ text: 'three' })

    const told = world.asked.map(({ history }) => history.map(({ asked }) => asked))
    expect(told).toEqual([[], ['one'], []])
  })

  it('remembers no notice as an answer', async () => {
    const world = ruledWorld()

    await world.say({ text: 'one' })
    await world.say({ text: '' })
    await world.say({ text: '', aside: 'hello' })
    await world.say({ text: 'two' })

    expect(world.asked[1]?.history).toMatchObject([{ asked: 'one', answered: 'You said one.' }])
  })

  it('greets', async () => {
    const world = ruledWorld()

    await world.say({ text: '', aside: 'hello' })

    expect(world.last()).toMatchObject({ text: 'Hello!', finished: true })
  })

  it.each([
    ['busy', 'Slow down.'],
    ['paused', 'A person comes.'],
  ] as const)('tells a turn apart that is not asked: %s', async (aside, text) => {
    const world = ruledWorld()

    await world.say({ text: '/new', aside })

    expect(world.last()).toMatchObject({ text, finished: true })
    expect(world.asked).toEqual([])
  })

  it('ends the message also where nothing can be forgotten now', async () => {
    const world = ruledWorld()
    const beginAnew = () => Promise.reject(new OutOfReach('store', 'no answer'))

    await world.say({ text: '/new' }, { beginAnew })

    expect(world.last()).toMatchObject({ text: settings.notices.failed, finished: true })
  })

  it('takes what its source takes', () => {
    expect(ruledWorld().source.takes).toEqual(['image'])
  })
})
