import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { scfInvoke } from '../../../lib/adapters/scf/scf-invoke.ts'
import { scfWorkerQueue } from '../../../lib/adapters/scf/scf-worker-queue.ts'
import type { Tc3Credentials } from '../../../lib/adapters/scf/tc3-signature.ts'
import { parseTicketedMessage } from '../../../lib/core/conversation/ticketed-message.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { memoryTicketLock } from '../../../local/memory/ticket-lock.ts'
import { startScfApi } from '../../support/scf-api-stand-in.ts'

const T = 1_700_000_000_000
const role = { secretId: 'AKIDrole', secretKey: 'role-secret-key', token: 'role-token' }
const conversation = { from: '@RBT#bot', to: 'user01' }
const turn = {
  replyId: 'turn:1_2_3' as ReplyId,
  conversation,
  text: 'Grüße 👋 "you"',
  askedAtMs: T,
  customData: '{"a":1}',
}
const quickClock = { ...systemClock, sleep: async () => {} }

let api: Awaited<ReturnType<typeof startScfApi>>
beforeAll(async () => {
  api = await startScfApi(role)
  api.addFunction('the-worker')
})
afterAll(() => api.close())
beforeEach(() => {
  api.calls.splice(0)
  api.answerInstead(() => undefined)
})

const newInvoke = (credentials: Tc3Credentials | undefined = role, functionName = 'the-worker') =>
  scfInvoke({
    functionName,
    region: 'ap-singapore',
    endpoint: api.endpoint,
    readCredentials: () => credentials,
    clock: quickClock,
    random: () => 0.5,
  })
const newQueue = (invoke = newInvoke()) =>
  scfWorkerQueue({ invoke, lock: memoryTicketLock(), clock: { now: () => T } })

const eventsOf = () =>
  api.calls.map(({ request }) => JSON.parse(String(request['ClientContext'])) as unknown)

describe('the queue of a platform that has none', () => {
  it('invokes the worker with a turn and its ticket, and does not wait for it', async () => {
    const queue = newQueue()

    await queue.answerLater(turn)
    await queue.answerLater(turn)

    expect(api.calls[0]?.request).toMatchObject({
      FunctionName: 'the-worker',
      InvocationType: 'Event',
      Qualifier: '$DEFAULT',
    })
    expect(eventsOf().map(parseTicketedMessage)).toEqual([
      {
        message: { kind: 'turn', turn },
        ticket: { conversation, number: 1, issuedAtMs: T, previousAtMs: 0 },
      },
      {
        message: { kind: 'turn', turn },
        ticket: { conversation, number: 2, issuedAtMs: T, previousAtMs: T },
      },
    ])
  })

  it('hands the rest of a reply over in the same line', async () => {
    const queue = newQueue()
    const replyId = 'order-17' as ReplyId

    await queue.answerLater(turn)
    await queue.continueLater({ conversation, replyId, epoch: 2 })

    expect(parseTicketedMessage(eventsOf()[1])).toMatchObject({
      message: { kind: 'continuation', replyId },
      ticket: { number: 2 },
    })
  })

  it.each(['nothing', 'RequestLimitExceeded', 'InternalError.System'])(
    'tries again once after %s',
    async (answer) => {
      let asked = 0
      api.answerInstead(() => {
        asked += 1
        if (asked > 1) return undefined
        return answer === 'nothing' ? answer : { code: answer, message: 'later' }
      })

      await newQueue().answerLater(turn)

      expect(api.calls).toHaveLength(2)
    },
  )

  it('is out of reach where nobody answers', async () => {
    api.answerInstead(() => 'nothing')

    const said = await newQueue().answerLater(turn).catch(String)

    expect(said).toBe(
      'OutOfReach: queue out of reach: Invoke of the-worker was answered nothing, tried 2 times',
    )
  })

  it.each<[string, Tc3Credentials | undefined, string, string]>([
    ['the function is not there', role, 'another', 'ResourceNotFound.Function'],
    [
      'the key is wrong',
      { ...role, secretKey: 'no' },
      'the-worker',
      'AuthFailure.SignatureFailure',
    ],
    ['the token is missing', { ...role, token: '' }, 'the-worker', 'AuthFailure.TokenFailure'],
  ])('says so at once where %s, and shows no credential', async (_, given, name, code) => {
    const error: unknown = await newQueue(newInvoke(given, name))
      .answerLater(turn)
      .catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(OutOfReach)
    expect(String(error)).toContain(code)
    expect(String(error)).not.toMatch(/role-secret-key|AKIDrole|role-token/)
    expect(api.calls.length).toBeLessThan(2)
  })

  it('says what is missing where the function has no role', async () => {
    const invoke = scfInvoke({
      functionName: 'the-worker',
      region: 'ap-singapore',
      readCredentials: () => undefined,
      clock: quickClock,
      random: () => 0,
    })

    await expect(invoke({})).rejects.toThrow('no role to invoke the-worker with')
  })

  it('stops when its caller has lost patience', async () => {
    await expect(newInvoke()({}, AbortSignal.abort())).rejects.toThrow('aborted')

    expect(api.calls).toEqual([])
  })
})

describe('parseTicketedMessage', () => {
  it.each([
    ['an event of a queue', { Records: [] }],
    ['a message without a place', { kind: 'turn', turn }],
    ['a ticket without a message', { ticket: { conversation, number: 1 } }],
    ['nothing', null],
    ['a text', 'turn'],
  ])('takes %s for something else', (_, event) => {
    expect(parseTicketedMessage(event)).toBeUndefined()
  })
})
