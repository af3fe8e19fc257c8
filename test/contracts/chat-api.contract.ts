import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoredMessage } from '../../lib/core/reply/chat-calls.ts'
import type { ChatFailure } from '../../lib/core/reply/chat-failure.ts'
import type { MsgKey } from '../../lib/core/reply/reply.ts'
import { ok, type Result } from '../../lib/core/result.ts'
import type { ChatApi, RobotApi } from '../../lib/ports.ts'
import { type Fault, faultAt } from '../../local/simulator/faults.ts'
import type { SimulatedService } from '../../local/simulator/service.ts'
import type { ChatSettings } from '../../local/simulator/settings.ts'
import type { Violation } from '../../local/simulator/violations.ts'

/** An adapter to test, in front of the simulated service. */
interface ChatWorld {
  readonly api: ChatApi & RobotApi
  readonly service: SimulatedService
  /** Waits for a promise in the world's own time. */
  run<T>(promise: Promise<T>): Promise<T>
  /** From now on the service accepts another key only, which the adapter finds when it reads the secret again. */
  changeKey(): void
  /** How often the secret was read again. */
  freshReads(): number
  close(): Promise<void>
}

export type MakeChatWorld = (settings: Partial<ChatSettings>) => Promise<ChatWorld>

const ends = { from: '@RBT#bot', to: 'user01' }

const faults: readonly (readonly [Fault, string])[] = [
  [{ kind: 'code', code: 10002 }, 'tryAgain'],
  [{ kind: 'code', code: 60007 }, 'slowDown'],
  [{ kind: 'code', code: 80002 }, 'messageFull'],
  [{ kind: 'code', code: 90054 }, 'messageLost'],
  [{ kind: 'code', code: 80001 }, 'refused'],
  [{ kind: 'code', code: 60008 }, 'inDoubt'],
  [{ kind: 'dropBefore' }, 'inDoubt'],
  [{ kind: 'dropAfter' }, 'inDoubt'],
  [{ kind: 'hangBefore' }, 'inDoubt'],
  [{ kind: 'hangAfter' }, 'inDoubt'],
  [{ kind: 'http', status: 502, applied: false }, 'inDoubt'],
  [{ kind: 'http', status: 502, applied: true }, 'inDoubt'],
  [{ kind: 'garbage', applied: false }, 'inDoubt'],
  [{ kind: 'garbage', applied: true }, 'inDoubt'],
  [{ kind: 'late', afterMs: 5 }, 'inDoubt'],
]

const wasApplied = (fault: Fault): boolean =>
  fault.kind === 'dropAfter' ||
  fault.kind === 'hangAfter' ||
  fault.kind === 'late' ||
  ('applied' in fault && fault.applied)

/** What every `ChatApi` and `RobotApi` does. */
export const chatApiContract = (name: string, makeWorld: MakeChatWorld): void => {
  describe(`${name} as a ChatApi`, () => {
    let world: ChatWorld

    const restart = async (settings: Partial<ChatSettings>): Promise<void> => {
      await world.close()
      world = await makeWorld(settings)
    }

    const send = (text: string, msgKey?: MsgKey, finish = false) =>
      world.run(world.api.sendChunk({ ...ends, text, finish, ...(msgKey && { msgKey }) }))

    const open = async (text = 'Hello'): Promise<MsgKey> => expectValue(await send(text)).msgKey

    const read = async (times = [0, 4_294_967_295]): Promise<readonly StoredMessage[]> => {
      const [minTimeSeconds = 0, maxTimeSeconds = 0] = times
      const query = { ...ends, minTimeSeconds, maxTimeSeconds }
      return expectValue(await world.run(world.api.readMessages(query)))
    }

    const violations = (): readonly Violation['kind'][] =>
      world.service.rules.violations.map(({ kind }) => kind)

    beforeEach(async () => {
      world = await makeWorld({})
    })

    afterEach(() => world.close())

    it('opens a message, appends to it and finishes it', async () => {
      const msgKey = await open('He said: ')
      const appended = await send('"你好" \\ 👩‍👩‍👧\n', msgKey)
      const finished = await send('end', msgKey, true)

      expect([appended, finished]).toEqual([ok({ msgKey }), ok({ msgKey })])
      expect(msgKey).toMatch(/^\d+_\d+_\d{10}$/)
      expect(world.service.rules.messages()).toMatchObject([
        { ...ends, msgKey, text: 'He said: "你好" \\ 👩‍👩‍👧\nend', finished: true },
      ])
      expect(violations()).toEqual([])
    })

    it('opens and finishes a message with one call', async () => {
      await send('all of it', undefined, true)

      expect(world.service.rules.messages()).toMatchObject([{ text: 'all of it', finished: true }])
    })

    it('opens another message with each call that has no key', async () => {
      expect(await open()).not.toBe(await open())
    })

    it.each(['1_2_3', 'nonsense'])('loses a message by the wrong key %s', async (wrongKey) => {
      expect(reasonOf(await send('x', wrongKey as MsgKey))).toBe('messageLost')
      expect(violations()).toEqual(['wrongKey'])
    })

    it("loses another conversation's message", async () => {
      const msgKey = await open()
      const call = { from: ends.from, to: 'user02', text: 'x', msgKey, finish: false }

      expect(reasonOf(await world.run(world.api.sendChunk(call)))).toBe('messageLost')
      expect(violations()).toEqual(['wrongKey'])
    })

    it('loses a message that is finished', async () => {
      const msgKey = await open()
      await send('end', msgKey, true)

      expect(reasonOf(await send('more', msgKey))).toBe('messageLost')
      expect(violations()).toEqual(['afterFinish'])
    })

    it('finds a message full before it grows too long, and leaves it as it was', async () => {
      const msgKey = await open('x'.repeat(12_000))

      expect(reasonOf(await send('y'.repeat(300), msgKey))).toBe('messageFull')
      expect((await read())[0]?.text).toHaveLength(12_000)
      expect(expectValue(await send('end', msgKey, true)).msgKey).toBe(msgKey)
    })

    it('is told to slow down above the rate', async () => {
      await restart({ callsPerSecond: 3 })

      const outcomes = [await send('1'), await send('2'), await send('3'), await send('4')]

      expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, true, true, false])
      expect(reasonOf(outcomes[3])).toBe('slowDown')
      expect(violations()).toEqual(['overRate'])
    })

    it('reads both sides of a conversation back, open messages too', async () => {
      const { rules, clock } = world.service
      rules.userSays({ from: ends.to, to: ends.from, text: 'Hi' }, clock.now())
      const openKey = await open('still ')
      await send('open', openKey)
      const finishedKey = expectValue(await send('closed', undefined, true)).msgKey

      expect(await read()).toMatchObject([
        { from: ends.to, to: ends.from, finished: false },
        {
          ...ends,
          msgKey: openKey,
          text: 'still open',
          chunks: ['still ', 'open'],
          finished: false,
        },
        { ...ends, msgKey: finishedKey, text: 'closed', chunks: ['closed'], finished: true },
      ])
    })

    it("finds a message by its key's time, and none at another time", async () => {
      const msgKey = await open()
      const timeSeconds = Number(msgKey.split('_')[2])

      expect(await read([timeSeconds, timeSeconds])).toMatchObject([{ msgKey, timeSeconds }])
      expect(await read([timeSeconds + 1, timeSeconds + 60])).toEqual([])
    })

    it('reads a conversation of several pages', async () => {
      const keys: MsgKey[] = []
      for (let i = 0; i < 8; i++) keys.push(await open('x'.repeat(5000)))

      const messages = await read()

      expect(messages.map(({ msgKey }) => msgKey)).toEqual(keys)
      const { calls } = world.service
      expect(calls.filter(({ command }) => command === 'admin_getroammsg')).toHaveLength(4)
    })

    it('overwrites a message', async () => {
      const msgKey = await open()
      const change = { ...ends, msgKey, chunks: ['Hello', ' again'], finished: true }

      expectValue(await world.run(world.api.replaceMessage(change)))

      expect(await read()).toMatchObject([{ msgKey, text: 'Hello again', finished: true }])
    })

    it('creates, lists and deletes robots', async () => {
      const { api, run } = world
      expectValue(await run(api.createRobot({ userId: '@RBT#1', nick: 'One' })))
      expectValue(await run(api.createRobot({ userId: '@RBT#1' })))
      expectValue(await run(api.createRobot({ userId: '@RBT#2' })))
      expectValue(await run(api.deleteRobot('@RBT#1')))

      expect(expectValue(await run(api.listRobots()))).toEqual(['@RBT#2'])
    })

    it.each(faults)('answers %j with %s', async (fault, reason) => {
      const msgKey = await open('a')
      world.service.setFaults(faultAt('send_stream_msg', 1, fault))

      const outcome = await send('b', msgKey)

      expect(reasonOf(outcome)).toBe(reason)
      await world.run(world.service.clock.sleep(10))
      expect((await read())[0]?.text).toBe(wasApplied(fault) ? 'ab' : 'a')
    })

    it('signs again with the key read anew when the service refuses the signature', async () => {
      const msgKey = await open('a')
      world.changeKey()

      expect(await send('b', msgKey)).toEqual(ok({ msgKey }))
      expect(world.freshReads()).toBe(1)
      expect((await read())[0]?.text).toBe('ab')
    })

    it('takes the second refusal of a signature', async () => {
      world.service.setFaults(() => ({ kind: 'code', code: 70009 }))

      expect(reasonOf(await send('a'))).toBe('refused')
      expect(world.service.calls).toHaveLength(2)
    })

    it('sends nothing for a caller that gave up, and is in doubt once it was sent', async () => {
      const msgKey = await open('a')
      const caller = new AbortController()
      const call = { ...ends, text: 'b', msgKey, finish: false }
      world.service.setFaults(faultAt('send_stream_msg', 1, { kind: 'hangAfter' }))

      const pending = world.api.sendChunk(call, caller.signal)
      await world.run(world.service.clock.sleep(20))
      caller.abort()
      const late = await world.run(pending)
      const early = await world.run(world.api.sendChunk(call, caller.signal))

      expect([reasonOf(late), reasonOf(early)]).toEqual(['inDoubt', 'notSent'])
      expect(world.service.calls).toHaveLength(2)
    })
  })
}

const expectValue = <T>(outcome: Result<T, ChatFailure>): T => {
  if (!outcome.ok) throw new Error(`Unexpected: ${JSON.stringify(outcome.error)}`)
  return outcome.value
}

const reasonOf = (outcome: Result<unknown, ChatFailure> | undefined): string | undefined =>
  outcome?.ok === false ? outcome.error.reason : undefined
