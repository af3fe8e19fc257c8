import { afterEach, describe, expect, it, vi } from 'vitest'
import { signOf } from '../support/callbacks.ts'
import { startSecrets } from '../support/local-cloud.ts'
import { accepted, notTaken, refusal, webhookWorlds } from '../support/webhook-world.ts'

const oldToken = 'old-token-55aa'
const newToken = 'new-token-77cc'
const startWorld = webhookWorlds([oldToken, newToken, 'red packet', 'your cloud custom data'])

describe('the token', () => {
  afterEach(() => vi.useRealTimers())

  it('may be one of two while they rotate', async () => {
    const world = await startWorld({ CHAT_CALLBACK_TOKEN: `${oldToken}, ${newToken}` })

    expect(await world.call({ token: oldToken })).toMatchObject(accepted)
    expect(await world.call({ token: newToken })).toMatchObject(accepted)
    expect(await world.call({ token: 'another' })).toEqual(refusal(403, notTaken))
    expect(await world.call({ token: '' })).toEqual(refusal(403, notTaken))
  })

  it('is read from the secret once, and afresh when a signature fits no longer', async () => {
    const first = await startSecrets(JSON.stringify({ CHAT_CALLBACK_TOKEN: oldToken }))
    const env = { CHAT_CALLBACK_TOKEN: undefined, SECRETS_NAME: 'chat/dev' }
    const world = await startWorld({ ...env, AWS_ENDPOINT_URL: first.endpoint })
    vi.useFakeTimers({ toFake: ['Date'] })

    expect(await world.call({ token: oldToken })).toMatchObject(accepted)
    expect(await world.call({ token: oldToken })).toMatchObject(accepted)
    expect(first.asked).toHaveLength(1)

    await first.close()
    const next = JSON.stringify({ CHAT_CALLBACK_TOKEN: newToken })
    const second = await startSecrets(next, Number(new URL(first.endpoint).port))
    // Forged signatures must not make it ask all the time.
    expect(await world.call({ token: newToken })).toEqual(refusal(403, notTaken))
    vi.setSystemTime(Date.now() + 11_000)
    expect(await world.call({ token: newToken })).toMatchObject(accepted)
    expect(await world.call({ token: oldToken })).toEqual(refusal(403, notTaken))
    expect(second.asked).toHaveLength(1)
    await second.close()
  })

  it('that the secret does not hold is asked for in the log', async () => {
    const secrets = await startSecrets('{}')
    const world = await startWorld({
      CHAT_CALLBACK_TOKEN: undefined,
      SECRETS_NAME: 'chat/dev',
      AWS_ENDPOINT_URL: secrets.endpoint,
    })
    const RequestTime = String(Math.floor(Date.now() / 1_000))

    for (const token of ['', 'undefined']) {
      const query = { RequestTime, Sign: signOf(token, RequestTime) }
      expect(await world.call({ query })).toEqual(refusal(500, /secret/))
    }

    expect(world.log()[0]).toMatchObject({
      message: 'out-of-reach',
      error: expect.stringContaining('CHAT_CALLBACK_TOKEN'),
    })
    expect(await world.waiting()).toBe(0)
    await secrets.close()
  })
})
