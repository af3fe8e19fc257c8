import { createHmac } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodeUserSig, userSigCheck } from '../../../local/simulator/user-sig-check.ts'

const NOW_MS = 1_700_000_000_000
const secretKey = '0123456789abcdef'.repeat(4)

/** The example of document 1047/34385's algorithm, as one build of zlib packs it. */
const userSig =
  'eJxVyjELwjAUBOD-8mYpqUSNAZd2kNbooqJr5KX2UZqGNNaA*N*FWgdvu*-uBSd1TAbjQcI8YTAbO6GxgSoaWWNLlvrgdej8dOix0c4Rgkw5m-JdArUGZLr6VxMdeQNSLPmPerqDhLV*XsxZiX2Mt8wKrDNWDo*Olbui5njIVbMtrtwuKmQbeH8Atbkz1Q__'

const packed = (text: string): string =>
  deflateSync(text).toString('base64').replace(/\+/g, '*').replace(/\//g, '-').replace(/=/g, '_')

const signed = (identifier: string, expire: unknown = 86_400): string => {
  const time = 1_700_000_000
  const text = `TLS.identifier:${identifier}\nTLS.sdkappid:1400000000\nTLS.time:${time}\nTLS.expire:${expire}\n`
  return packed(
    JSON.stringify({
      'TLS.ver': '2.0',
      'TLS.identifier': identifier,
      'TLS.sdkappid': 1_400_000_000,
      'TLS.time': time,
      'TLS.expire': expire,
      'TLS.sig': createHmac('sha256', secretKey).update(text).digest('base64'),
    }),
  )
}

const goodQuery = {
  sdkappid: '1400000000',
  identifier: 'administrator',
  usersig: userSig,
  random: '4294967295',
  contenttype: 'json',
}

const codeOf = (
  changes: Readonly<Record<string, string>> = {},
  { key = secretKey, sdkAppId = 1_400_000_000, atMs = NOW_MS } = {},
): number | undefined => {
  const check = userSigCheck({ sdkAppId, admins: ['administrator'], secretKey: () => key })
  return check(new URLSearchParams({ ...goodQuery, ...changes }), atMs)?.ErrorCode
}

describe('userSigCheck', () => {
  it("takes the signature of Tencent's own signer", () => {
    expect(codeOf()).toBeUndefined()
  })

  it.each([
    [{ contenttype: 'xml' }, 60025],
    [{ random: '' }, 60002],
    [{ random: '4294967296' }, 60002],
    [{ random: '0.5' }, 60002],
    [{ sdkappid: '' }, 60012],
    [{ sdkappid: '1400000001' }, 70020],
    [{ identifier: '' }, 60025],
    [{ identifier: 'user01' }, 70013],
    [{ usersig: '' }, 70003],
    [{ usersig: userSig.slice(0, 100) }, 70003],
    [{ usersig: packed('{"TLS.ver":"2.0"}') }, 70003],
    [{ usersig: packed('x'.repeat(1_000_000)) }, 70003],
    [{ usersig: signed('user01'), identifier: 'user01' }, 60010],
    [{ usersig: signed('administrator', null) }, 70003],
  ])('refuses %j with %i', (changes, code) => {
    expect(codeOf(changes)).toBe(code)
  })

  it('refuses a signature made with another key, for another application, or long ago', () => {
    expect(codeOf({}, { key: 'another' })).toBe(70009)
    expect(codeOf({ sdkappid: '1400000001' }, { sdkAppId: 1_400_000_001 })).toBe(70014)
    expect(codeOf({}, { atMs: NOW_MS + 86_399_999 })).toBeUndefined()
    expect(codeOf({}, { atMs: NOW_MS + 86_400_000 })).toBe(70001)
  })

  it('unpacks nothing that is no signature', () => {
    expect(decodeUserSig('not a signature')).toBeUndefined()
    expect(decodeUserSig(packed('not JSON'))).toBeUndefined()
  })
})
