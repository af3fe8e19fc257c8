import { describe, expect, test } from 'vitest'
import { turnReplyId } from '../../../lib/core/conversation/turn.ts'
import { DEFAULT_NOTICES } from '../../../lib/core/reply/notice.ts'
import type { MsgKey } from '../../../lib/core/reply/reply.ts'
import type { WriterDeps } from '../../../lib/reply/writer-deps.ts'
import { runTurn } from '../../../lib/use-cases/run-turn.ts'
import { sweepOrphans } from '../../../lib/use-cases/sweep-orphans.ts'
import { conversation, deliveryWorld, settings } from '../../support/delivery-world.ts'
import { type DeathByChunk, mortalProcess } from '../../support/mortal.ts'
import { unhurried } from '../../support/unhurried.ts'

const turn = {
  replyId: turnReplyId('1_2_3' as MsgKey),
  conversation,
  text: 'What is it?',
  askedAtMs: 1_700_000_000_000,
  customData: '',
}
const answer = 'The answer to the question, in a few calls, and no more.'

const answerIn = (deps: WriterDeps) => {
  async function* source() {
    for (let at = 0; at < answer.length; at += 8) {
      yield answer.slice(at, at + 8)
      await deps.clock.sleep(150)
    }
  }
  return runTurn(
    { ...deps, source },
    { ...settings, sourceTimeoutMs: 30_000, answerLimitMs: 1_800_000 },
    turn,
    unhurried,
  )
}

type World = ReturnType<typeof deliveryWorld>

/** Another program that speaks as the same bot. */
const otherProgramSays = (world: World, text: string) =>
  world.rules.handle(
    'openim_robot_http_svc/send_stream_msg',
    { From_Account: conversation.from, To_Account: conversation.to, Chunk: text },
    world.clock.now(),
  )

const messages = (world: World) =>
  world.shown().map((shown) => `${shown.text}${shown.finished ? '' : ' OPEN'}`)

const answerUntilDeath = async (death: DeathByChunk, said: string | undefined) => {
  const world = deliveryWorld()
  const mortal = mortalProcess(world.deps, death)
  if (said !== undefined) {
    const other = world.clock.sleep(20).then(() => otherProgramSays(world, said))
    await world.run(other)
  }
  await world.run(Promise.race([answerIn(mortal.deps), mortal.death]))
  await world.run(world.clock.sleep(settings.leaseMs + 3_300))
  return world
}

describe('a turn whose writer died', () => {
  test('before its first call is answered anew, whatever another program wrote', async () => {
    const death = { chunk: 0, after: 'call', awaits: 0 } as const
    const world = await answerUntilDeath(death, 'Welcome to our shop!')

    await world.run(answerIn(world.deps))

    expect(messages(world)).toEqual(['Welcome to our shop! OPEN', answer])
  })

  test('before its first call is closed with a notice of its own, not in the message of another program', async () => {
    const death = { chunk: 0, after: 'call', awaits: 0 } as const
    const world = await answerUntilDeath(death, 'Welcome to our shop!')

    await world.run(sweepOrphans(world.deps, settings, unhurried))

    expect(messages(world)).toEqual(['Welcome to our shop! OPEN', DEFAULT_NOTICES.failed])
  })

  test('before the answer to its first call is known by what its record says of that call', async () => {
    const death = { chunk: 0, after: 'answer', awaits: 0 } as const
    const world = await answerUntilDeath(death, 'Welcome to our shop!')

    await world.run(answerIn(world.deps))

    const [foreign, own, ...more] = messages(world)
    expect(foreign).toBe('Welcome to our shop! OPEN')
    expect(own).toContain(DEFAULT_NOTICES.failed)
    expect(answer.startsWith(own?.split('\n')[0] ?? 'nothing')).toBe(true)
    expect(more).toEqual([])
  })

  test('after a stop, and before it recorded the end, was interrupted and not finished', async () => {
    const world = deliveryWorld()
    const { store } = world.deps
    const dying: WriterDeps = {
      ...world.deps,
      store: { ...store, end: () => new Promise(() => {}) },
    }
    void answerIn(dying)
    await world.run(world.clock.sleep(500))
    await world.run(store.requestCancel(turn.replyId))
    await world.run(world.clock.sleep(settings.leaseMs + 50_000))

    await world.run(sweepOrphans(world.deps, settings, unhurried))

    expect(world.shown().map(({ finished }) => finished)).toEqual([true])
    expect(await store.read(turn.replyId)).toMatchObject({ status: 'interrupted' })
  })
})
