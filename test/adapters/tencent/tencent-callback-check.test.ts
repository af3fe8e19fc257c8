import { describe, expect, it } from 'vitest'
import { checkQuery, checkSign } from '../../../lib/adapters/tencent/tencent-callback-check.ts'
import { signOf } from '../../support/callbacks.ts'

/** The example of document 1047/34354. */
const token = 'xxxxyyyy'
const requestTime = '1669872112'
const sign = '17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061'
const SDK_APP_ID = 1_400_000_000
const NOW_MS = 1_669_872_112_500

const url = new URL(
  `https://example.com/webhooks/chat?SdkAppid=1400000000&CallbackCommand=Bot.OnC2CMessage&contenttype=json&ClientIP=127.0.0.1&OptPlatform=Web&Sign=${sign}&RequestTime=${requestTime}`,
)
const queryWith = (changes: Readonly<Record<string, string>>): URLSearchParams =>
  new URLSearchParams({ ...Object.fromEntries(url.searchParams), ...changes })

const check = (query: URLSearchParams, tokens: readonly string[] = [token]) => {
  const signed = checkQuery(query, { sdkAppId: SDK_APP_ID, nowMs: NOW_MS })
  return signed.ok ? checkSign(signed.value, tokens) : signed
}

describe('the check of a callback', () => {
  it("computes the signature of Tencent's example", () => {
    expect(signOf(token, requestTime)).toBe(sign)
  })

  it("accepts Tencent's example, with any of several tokens", () => {
    expect(check(url.searchParams)).toEqual({ ok: true, value: undefined })
    expect(check(url.searchParams, ['next', token])).toMatchObject({ ok: true })
    expect(check(url.searchParams, [token, 'next'])).toMatchObject({ ok: true })
  })

  it('takes the time as the text that was signed', () => {
    const padded = `0${requestTime}`

    const checked = check(queryWith({ RequestTime: padded, Sign: signOf(token, padded) }))

    expect(checked).toMatchObject({ ok: true })
    expect(check(queryWith({ RequestTime: padded }))).toMatchObject({ error: { reason: 'sign' } })
  })

  it('refuses a signature of which any one character is another', () => {
    for (const at of Array(sign.length).keys()) {
      const other = sign[at] === '0' ? '1' : '0'
      const changed = sign.slice(0, at) + other + sign.slice(at + 1)
      expect(check(queryWith({ Sign: changed }))).toMatchObject({ error: { reason: 'sign' } })
    }
  })

  it.each([
    ['no signature', ''],
    ['a part of it', sign.slice(0, -1)],
    ['more than it', `${sign}0`],
    ['it in upper case', sign.toUpperCase()],
    ['the signature of another token', signOf('next', requestTime)],
  ])('refuses %s', (_name, other) => {
    expect(check(queryWith({ Sign: other }))).toMatchObject({ error: { reason: 'sign' } })
  })

  it('refuses everything without a token', () => {
    expect(check(url.searchParams, [])).toMatchObject({ error: { reason: 'sign' } })
  })

  it.each(['1400000001', '', '01400000000', '1.4e9', '1400000000 '])(
    'refuses the application %j',
    (SdkAppid) => {
      expect(check(queryWith({ SdkAppid }))).toMatchObject({ error: { reason: 'app' } })
    },
  )

  it.each([
    [-60, true],
    [300, true],
    [-61, false],
    [-300, false],
    [301, false],
    [1_000_000_000, false],
  ])('of a callback %i s late says %s', (lateSeconds, accepted) => {
    const time = String(Number(requestTime) - lateSeconds)

    const checked = check(queryWith({ RequestTime: time, Sign: signOf(token, time) }))

    expect(checked.ok).toBe(accepted)
    if (!checked.ok) expect(checked.error.reason).toBe('time')
  })

  it.each([
    '',
    '-1669872112',
    '1669872112.0',
    '1.669872112e9',
    ' 1669872112',
    'now',
    '9'.repeat(400),
  ])('refuses the time %j', (time) => {
    const checked = check(queryWith({ RequestTime: time, Sign: signOf(token, time) }))

    expect(checked).toMatchObject({ error: { reason: 'time' } })
  })

  it('takes the first of a field that is there twice, and nothing where it is missing', () => {
    const twice = new URLSearchParams(url.searchParams)
    twice.append('RequestTime', '1')

    expect(check(twice)).toMatchObject({ ok: true })
    expect(check(new URLSearchParams())).toMatchObject({ error: { reason: 'app' } })
  })

  it('names the field and what to do, and shows neither signature nor token', () => {
    const at = (time: string) => ({ RequestTime: time, Sign: signOf(token, time) })
    const times = [at('1669871811'), at('1669872173')]
    const details = [{ SdkAppid: '1' }, ...times, { Sign: 'f'.repeat(64) }, { Sign: '' }].map(
      (changes) => {
        const checked = check(queryWith(changes))
        return checked.ok ? '' : checked.error.detail
      },
    )

    expect(details).toMatchInlineSnapshot(`
      [
        "SdkAppid is not the application of this function: set CHAT_SDK_APP_ID to it, or give that application a callback URL of its own",
        "RequestTime is 301 s behind this function's clock, more than 300 s: send the callback anew, or set the clock that is wrong",
        "RequestTime is 61 s ahead of this function's clock, more than 60 s: send the callback anew, or set the clock that is wrong",
        "Sign fits no token: set CHAT_CALLBACK_TOKEN to the token of the console",
        "Sign is missing: turn on the authentication token in the console and set CHAT_CALLBACK_TOKEN to it",
      ]
    `)
    expect(details.join()).not.toMatch(/[\da-f]{8}|xxxxyyyy/)
  })
})
