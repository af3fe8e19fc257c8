import { describe, expect, it } from 'vitest'
import { callbackCheck } from '../../../lib/adapters/tencent/callback-check.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import { callbackQuery, SDK_APP_ID } from '../../support/callbacks.ts'

/** A check whose tokens are those of `held` at first, and those of `renewed` once they are read afresh. */
const checkWith = (held: string | undefined, renewed: string | undefined) => {
  const reads: boolean[] = []
  const readTokens = async (fresh: boolean): Promise<string | undefined> => {
    reads.push(fresh)
    return fresh ? renewed : held
  }
  const check = callbackCheck({ sdkAppId: SDK_APP_ID, readTokens, clock: { now: Date.now } })
  return {
    reads,
    check: (changes: Parameters<typeof callbackQuery>[0] = {}) =>
      check(new URLSearchParams(callbackQuery({ token: 'new', ...changes }))),
  }
}

describe('callbackCheck', () => {
  it('takes each of several tokens and does not read them afresh for that', async () => {
    const { check, reads } = checkWith('old, new', 'old, new')

    expect(await check()).toEqual({ ok: true, value: undefined })
    expect(await check({ token: 'old' })).toMatchObject({ ok: true })
    expect(await check({ token: 'old, new' })).toMatchObject({ error: { reason: 'sign' } })
    expect(reads.slice(0, 2)).toEqual([false, false])
  })

  it('reads the tokens afresh once before it calls a signature wrong', async () => {
    const changed = checkWith('old', 'new')
    const forged = checkWith('old', 'old')

    expect(await changed.check()).toMatchObject({ ok: true })
    expect(await forged.check()).toMatchObject({ error: { reason: 'sign' } })
    expect([changed.reads, forged.reads]).toEqual([
      [false, true],
      [false, true],
    ])
  })

  it('reads no token for what needs none', async () => {
    const { check, reads } = checkWith('new', 'new')

    expect(await check({ query: { SdkAppid: '1' } })).toMatchObject({ error: { reason: 'app' } })
    expect(await check({ ageSeconds: 400 })).toMatchObject({ error: { reason: 'time' } })
    expect(reads).toEqual([])
  })

  it.each([undefined, '', ' , '])(
    'finds the secret out of reach when the tokens are %j',
    async (held) => {
      const { check } = checkWith(held, held)

      await expect(check()).rejects.toThrow(OutOfReach)
      await expect(check()).rejects.toThrow(/CHAT_CALLBACK_TOKEN/)
    },
  )
})
