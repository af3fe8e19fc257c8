import { afterEach, describe, expect, it, vi } from 'vitest'
import { userSigner } from '../../../lib/adapters/tencent/user-sig.ts'
import { decodeUserSig, signedText } from '../../../local/simulator/user-sig-check.ts'
import { virtualClock } from '../../support/virtual-clock.ts'

const secretKey = '0123456789abcdef'.repeat(4)
const otherKey = 'fedcba9876543210'.repeat(4)
const DAY_MS = 86_400_000

const setUp = (keys: readonly (string | Error)[] = [secretKey], lifetimeSeconds = 86_400) => {
  const clock = virtualClock()
  const reads: boolean[] = []
  const readSecretKey = async (fresh: boolean): Promise<string> => {
    const key = keys[Math.min(reads.length, keys.length - 1)] ?? ''
    reads.push(fresh)
    await clock.sleep(10)
    if (key instanceof Error) throw key
    return key
  }
  const application = { sdkAppId: 1_400_000_000, admin: 'administrator' }
  const signer = userSigner({ ...application, readSecretKey, clock, lifetimeSeconds })
  const sign = (): Promise<string> => clock.run(signer.sign())
  const pass = (ms: number): Promise<void> => clock.run(clock.sleep(ms))
  return { clock, reads, signer, sign, pass }
}

describe('userSigner', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it("signs as Tencent's own example does", async () => {
    vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date'] })
    const { sign } = setUp()

    const userSig = await sign()

    const document = decodeUserSig(userSig)
    expect(document).toEqual({
      'TLS.ver': '2.0',
      'TLS.identifier': 'administrator',
      'TLS.sdkappid': 1_400_000_000,
      'TLS.time': 1_700_000_000,
      'TLS.expire': 86_400,
      'TLS.sig': '9awWeUL8MxxbBn8dhB0Jvuo0JKIh4dNCLkGIX4n5fd0=',
    })
    expect(document && signedText(document)).toBe(
      'TLS.identifier:administrator\nTLS.sdkappid:1400000000\nTLS.time:1700000000\nTLS.expire:86400\n',
    )
    expect(userSig).toMatch(/^eJ[\w*-]+$/)
  })

  it('keeps a signature for half its life, and makes the next one with the key it has', async () => {
    const { sign, pass, reads } = setUp()

    await sign()
    await pass(DAY_MS / 2 - 100)
    await sign()
    expect(reads).toEqual([false])

    await pass(200)
    await sign()
    expect(reads).toEqual([false, false])
  })

  it('makes one signature for calls that begin together', async () => {
    const { clock, signer, reads } = setUp()

    const signatures = await clock.run(Promise.all([signer.sign(), signer.sign(), signer.sign()]))

    expect(new Set(signatures).size).toBe(1)
    expect(reads).toHaveLength(1)
  })

  it('reads the key again after the service refused the signature', async () => {
    const { sign, signer, reads } = setUp([secretKey, otherKey])

    const before = await sign()
    signer.forget()
    const after = await sign()

    expect(after).not.toBe(before)
    expect(reads).toEqual([false, true])
  })

  it('reads the key once for several calls that are refused together', async () => {
    const { sign, signer, reads, pass } = setUp()

    await sign()
    signer.forget()
    const renewed = await sign()
    signer.forget()
    expect(await sign()).toBe(renewed)
    expect(reads).toEqual([false, true])

    await pass(10_001)
    signer.forget()
    await sign()
    expect(reads).toEqual([false, true, true])
  })

  it('never brings back a signature that was forgotten while it was made', async () => {
    const { clock, sign, signer, reads } = setUp([secretKey, otherKey])

    const early = signer.sign()
    signer.forget()
    const renewed = await sign()

    expect(await clock.run(early)).not.toBe(renewed)
    expect(await sign()).toBe(renewed)
    expect(reads).toEqual([false, true])
  })

  it('goes on asking for a fresh key until it gets one', async () => {
    const { sign, signer, reads } = setUp([secretKey, new Error('out of reach'), otherKey])

    await sign()
    signer.forget()
    await expect(sign()).rejects.toThrow('out of reach')
    await sign()

    expect(reads).toEqual([false, true, true])
  })

  it('makes do with the old signature while the key is out of reach', async () => {
    const { sign, pass } = setUp([secretKey, new Error('out of reach')])

    const old = await sign()
    await pass(DAY_MS * 0.6)
    expect(await sign()).toBe(old)

    await pass(DAY_MS * 0.3)
    await expect(sign()).rejects.toThrow('out of reach')
  })

  it.each(['', ' ', `${secretKey}\n`])('refuses the key %j without showing it', async (key) => {
    const { sign } = setUp([key])

    const error: unknown = await sign().catch((reason: unknown) => reason)

    expect(String(error)).toContain('CHAT_SECRET_KEY')
    expect(String(error)).not.toContain(secretKey)
  })

  const options = {
    sdkAppId: 1_400_000_000,
    admin: 'administrator',
    readSecretKey: async () => secretKey,
    clock: virtualClock(),
  }

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53])('refuses the application id %d', (sdkAppId) => {
    const make = () => userSigner({ ...options, sdkAppId })

    expect(make).toThrow('CHAT_SDK_APP_ID')
  })

  it.each(['', 'a'.repeat(33), '管'.repeat(11)])('refuses the administrator %j', (admin) => {
    const make = () => userSigner({ ...options, admin })

    expect(make).toThrow('CHAT_ADMIN')
  })
})
