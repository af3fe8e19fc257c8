import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ApiKey, keyVerbs, parseApiKeys } from '../../lib/core/api-keys.ts'

const token = 'a-token-that-is-long'
const parse = (keys: unknown) => parseApiKeys(JSON.stringify(keys))
const keysOf = (keys: unknown): readonly ApiKey[] => {
  const parsed = parse(keys)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

describe('parseApiKeys', () => {
  it('reads each key with its bots, its rights and its end', () => {
    const crm = { token, bots: ['@RBT#shop'], may: ['read', 'send'], until: '2027-01-01' }

    expect(keysOf({ crm, ops: { token: 'another-token-1234' } })).toEqual([
      {
        name: 'crm',
        tokens: [token],
        bots: ['@RBT#shop'],
        may: ['send', 'read'],
        untilMs: Date.UTC(2027, 0, 1),
      },
      { name: 'ops', tokens: ['another-token-1234'], may: keyVerbs },
    ])
  })

  it('takes two tokens of a key while they are rotated, and a time of day', () => {
    const ops = { token: `${token}, another-token-1234`, until: '2027-01-01T12:00:00+08:00' }

    expect(keysOf({ ops })).toMatchObject([
      { tokens: [token, 'another-token-1234'], untilMs: Date.UTC(2027, 0, 1, 4) },
    ])
    expect(keysOf({ ops: { token, until: '2028-02-29' } })).toMatchObject([
      { untilMs: Date.UTC(2028, 1, 29) },
    ])
  })

  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [[], /^must be a JSON object of named keys/],
    ['text', /^must be a JSON object of named keys/],
    [{ crm: token }, /^must have an object for each key.*look at key 1$/],
    [{ [token]: 'crm' }, /^must have an object for each key.*look at key 1$/],
    [{ crm: { token }, 'two words': { token } }, /^must name each key.*look at key 2$/],
    [{ crm: {} }, /^crm\.token must be a string$/],
    [{ crm: { token: 7 } }, /^crm\.token must be a string$/],
    [{ crm: { token: 'short' } }, /^crm\.token must be a token of at least 16 characters/],
    [{ crm: { token: '…' } }, /^crm\.token /],
    [{ crm: { token: `${token},` } }, /^crm\.token /],
    [{ crm: { token: 'white space in a token' } }, /^crm\.token /],
    [{ crm: { token }, ops: { token } }, /^ops\.token must differ from that of crm$/],
    [{ crm: { token, bots: '@RBT#shop' } }, /^crm\.bots must be a list of bots/],
    [{ crm: { token, bots: [] } }, /^crm\.bots /],
    [{ crm: { token, bots: ['shop'] } }, /^crm\.bots /],
    [{ crm: { token, may: 'send' } }, /^crm\.may must be a list of send, read, cancel, admin/],
    [{ crm: { token, may: [] } }, /^crm\.may /],
    [{ crm: { token, may: ['send', 'delete'] } }, /^crm\.may /],
    [{ crm: { token, until: 'soon' } }, /^crm\.until must be a day such as 2027-01-01/],
    [{ crm: { token, until: '2027-13-01' } }, /^crm\.until /],
    [{ crm: { token, until: '2027-02-30' } }, /^crm\.until /],
    [{ crm: { token, until: '2027-02-29T12:00:00Z' } }, /^crm\.until /],
    [{ crm: { token, until: '2027-06-31T23:00:00-08:00' } }, /^crm\.until /],
    [{ crm: { token, until: 1_800_000_000 } }, /^crm\.until /],
    [{ crm: { token, untill: '2027-01-01' } }, /^crm must have no other fields than token, bots/],
  ]

  it.each(wrong)('refuses %j', (keys, message) => {
    expect(parse(keys)).toEqual({ ok: false, error: expect.stringMatching(message) })
  })

  it('refuses what is no JSON', () => {
    expect(parseApiKeys(`{"crm": {"token": "${token}"`)).toMatchObject({ ok: false })
  })

  it('never shows a value, whatever stands where', () => {
    const marked = fc.string({ maxLength: 20 }).map((text) => `~${text}`)
    const field = fc.oneof(marked, fc.array(marked), fc.constant(7), fc.constant(token))
    const key = fc.record(
      { token: field, bots: field, may: field, until: field },
      { requiredKeys: [] },
    )
    const keys = fc.dictionary(
      fc.oneof(marked, fc.constantFrom('crm', 'ops')),
      fc.oneof(key, field),
    )

    fc.assert(
      fc.property(keys, (given) => {
        const parsed = parse(given)
        if (parsed.ok) return
        expect(parsed.error).not.toContain('~')
        expect(parsed.error).not.toContain(token)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('parseApiKeys at its limits', () => {
  const many = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`key-${n}`, { token: `token-number-${1_000 + n}` }]),
    )

  it('takes a hundred keys and no more', () => {
    expect(keysOf(many(100))).toHaveLength(100)
    expect(parse(many(101))).toEqual({ ok: false, error: 'must have at most 100 keys' })
  })

  it.each([null, [], 'text', 7])('takes no list and nothing else for the keys: %o', (value) => {
    expect(parse(value).ok).toBe(false)
  })

  it.each([[[]], [null], ['text']])('takes %o for no key', (value) => {
    const parsed = parse({ crm: value })
    expect(parsed.ok ? '' : parsed.error).toContain('look at key 1')
  })

  it('does not let two keys share one of several tokens', () => {
    const parsed = parse({
      crm: { token: `${token}, another-token-1234` },
      ops: { token: `${token}, some-other-token-99` },
    })

    expect(parsed).toEqual({ ok: false, error: 'ops.token must differ from that of crm' })
  })

  it('leaves out what a key does not say', () => {
    expect(Object.keys(keysOf({ crm: { token } })[0] ?? {})).toEqual(['name', 'tokens', 'may'])
  })

  it.each([[['x@RBT#shop']], [['@RBT#a b']], [[7]], [[['@RBT#shop']]], [[]], ['@RBT#shop']])(
    'takes %o for no bots',
    (bots) => {
      expect(parse({ crm: { token, bots } }).ok).toBe(false)
    },
  )

  it.each(['x2027-01-01', '2027-01-01x', '2027', 20_270_101, ['2027-01-01'], '2027-13-01'])(
    'takes %o for no end',
    (until) => {
      expect(parse({ crm: { token, until } }).ok).toBe(false)
    },
  )

  it.each([[['fly']], [[]], ['send'], [['send', 'fly']]])('takes %o for no rights', (may) => {
    expect(parse({ crm: { token, may } }).ok).toBe(false)
  })
})
