import { describe, expect, it } from 'vitest'
import { fieldsOf, parsedJson } from '../../lib/core/json.ts'
import { listed } from '../../lib/core/listed.ts'
import { isPlainUrl, isReadable } from '../../lib/core/plain-url.ts'
import { err, ok } from '../../lib/core/result.ts'
import { withoutTrailingSlashes } from '../../lib/core/text/trailing-slashes.ts'
import { wellFormed } from '../../lib/core/text/well-formed.ts'

describe('JSON', () => {
  it('is read where it is some, and nothing is thrown where it is none', () => {
    expect(parsedJson('{"a":[1]}')).toEqual({ a: [1] })
    expect(parsedJson('{"a":')).toBeUndefined()
  })

  it('has fields where it is an object', () => {
    expect(fieldsOf({ a: 1 })).toEqual({ a: 1 })
    for (const value of [null, undefined, 7, 'text', true]) expect(fieldsOf(value)).toEqual({})
  })
})

describe('a setting with several values', () => {
  it('is a list without white space and empty ones', () => {
    expect(listed(' a, b c ,, ')).toEqual(['a', 'b c'])
    expect(listed()).toEqual([])
    expect(listed('')).toEqual([])
  })
})

describe('a plain URL', () => {
  it.each(['https://example.com', 'http://example.com:8080/path', 'https://[::1]/'])(
    'is %s',
    (text) => {
      expect(isPlainUrl(text)).toBe(true)
    },
  )

  it.each([
    '',
    'example.com',
    'ftp://example.com',
    'xhttps://example.com',
    'httpsx://example.com',
    'https://user@example.com',
    'https://:password@example.com',
    'https://example.com/?a=1',
  ])('is not %s', (text) => {
    expect(isPlainUrl(text)).toBe(false)
    expect(isReadable(text)).toBe(false)
  })

  it.each([
    'http://example.com',
    'http://127.example.com',
    'http://mylocalhost',
    'http://localhost.example.com',
    'http://1127.0.0.1.example',
  ])('can be read along at %s', (text) => {
    expect(isReadable(text)).toBe(true)
  })

  it.each([
    'https://example.com',
    'http://localhost:1',
    'http://my-app.localhost/',
    'http://127.0.0.1',
    'http://127.1.22.133/',
    'http://[::1]:80',
  ])('cannot be read along at %s', (text) => {
    expect(isReadable(text)).toBe(false)
  })
})

describe('small things', () => {
  it('an address loses the slashes at its end alone', () => {
    expect(withoutTrailingSlashes('https://a//b//')).toBe('https://a//b')
    expect(withoutTrailingSlashes('https://a')).toBe('https://a')
    expect(withoutTrailingSlashes('///')).toBe('')
  })

  it('a surrogate that stands alone becomes a sign for what cannot be shown', () => {
    expect(wellFormed('a\ud83d!\ude00\ud83d\ude00')).toBe('a\ufffd!\ufffd\ud83d\ude00')
  })

  it('a result is a value or an error', () => {
    expect(ok(1)).toEqual({ ok: true, value: 1 })
    expect(err('no')).toEqual({ ok: false, error: 'no' })
  })
})
