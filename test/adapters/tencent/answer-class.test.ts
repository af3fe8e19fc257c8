import { describe, expect, it } from 'vitest'
import { classifyErrorCode, cleanErrorInfo } from '../../../lib/adapters/tencent/answer-class.ts'

/** Every code of the table in document 1047/34348, by what is to be done about it. */
const table = {
  'tryAgain 3 then refused': [
    10002, 20004, 20005, 20027, 20028, 60004, 60005, 60014, 70500, 90994, 91000,
  ],
  'tryAgain 2 then refused': [60013, 90992],
  'tryAgain 1 then messageFull': [90995],
  slowDown: [10006, 10023, 60007, 60011, 60018, 60019],
  inDoubt: [60008, 70169],
  signAgain: [70001, 70003, 70009, 70013, 70014, 70016, 70020],
  messageFull: [80002, 93000],
  messageLost: [20022, 20023, 90054],
  refused: [
    10003, 10004, 10007, 10008, 10010, 10015, 10016, 10017, 20001, 20003, 20006, 20007, 20009,
    20010, 20011, 20012, 22007, 60002, 60003, 60006, 60009, 60010, 60012, 60015, 60016, 60017,
    60020, 60021, 60025, 60026, 60027, 60028, 70050, 70051, 70107, 70398, 70402, 72000, 72002,
    80001, 80003, 80004, 80005, 90001, 90002, 90003, 90005, 90006, 90007, 90008, 90009, 90010,
    90012, 90026, 90030, 90031, 90043, 90044, 90048,
  ],
}

const rows = Object.entries(table).flatMap(([arm, codes]) => codes.map((code) => [code, arm]))

const armOf = (code: number): string => {
  const failure = classifyErrorCode(code, '')
  return failure.reason === 'tryAgain'
    ? `tryAgain ${failure.tries} then ${failure.then}`
    : failure.reason
}

const detailOf = (code: number, errorInfo = ''): string => {
  const failure = classifyErrorCode(code, errorInfo)
  return 'detail' in failure ? failure.detail : ''
}

describe('classifyErrorCode', () => {
  it.each(rows)('puts %i under %s', (code, arm) => {
    expect(armOf(Number(code))).toBe(arm)
  })

  it.each([...table.refused, ...table.signAgain])(
    'says in a sentence of its own why %i was refused',
    (code) => {
      expect(detailOf(code)).toMatch(/^[A-Z].+\.$/)
      expect(detailOf(code)).not.toBe('Tencent Chat refused the call.')
    },
  )

  it.each([
    [60026, 'CHAT_REGION'],
    [60010, 'CHAT_ADMIN'],
    [90009, 'CHAT_ADMIN'],
    [10007, 'CHAT_ADMIN'],
    [70009, 'CHAT_SECRET_KEY'],
    [70003, 'CHAT_SECRET_KEY'],
    [70013, 'CHAT_ADMIN'],
    [70014, 'CHAT_SDK_APP_ID'],
    [60025, 'CHAT_SDK_APP_ID'],
    [70050, 'wait a minute'],
    [60020, 'plan'],
    [60028, 'plan'],
    [80001, 'moderation'],
    [80004, 'moderation'],
    [70107, 'import the user'],
    [90012, 'import the user'],
  ])('tells the operator about %i what to look at: %s', (code, what) => {
    expect(detailOf(code)).toContain(what)
  })

  it('refuses a code that is not in the table', () => {
    expect(classifyErrorCode(54321, '')).toEqual({
      reason: 'refused',
      code: 54321,
      detail: 'Tencent Chat refused the call.',
    })
  })

  it.each([120_001, 130_000])("takes %i as the answer of the application's webhook", (code) => {
    expect(classifyErrorCode(code, '')).toMatchObject({ reason: 'refused', code })
    expect(detailOf(code)).toContain('own webhook')
  })

  it.each([10004, 90995, 90055])('knows a full message by its words, whatever the code', (code) => {
    expect(classifyErrorCode(code, 'Fail: MSG too long')).toEqual({ reason: 'messageFull', code })
  })

  it('carries what the service said', () => {
    expect(detailOf(10004, 'bad To_Account')).toMatch(/Tencent says: bad To_Account$/)
  })
})

describe('cleanErrorInfo', () => {
  const userSig = `eJx${'VyjELwjAUBOD-8mYp*q'.repeat(5)}__`

  it.each([
    `url ?sdkappid=1&usersig=${userSig}&random=1`,
    `{"UserSig":"${userSig}"}`,
    `usersig: ${userSig}`,
    `checking ${userSig} failed`,
  ])('cuts the signature out of %j', (errorInfo) => {
    const clean = cleanErrorInfo(errorInfo)

    expect(clean).not.toContain(userSig.slice(3, 20))
    expect(clean).toContain('…')
  })

  it('leaves at most 200 characters, none of them cut in half', () => {
    const clean = cleanErrorInfo('😀'.repeat(300))

    expect([...clean]).toHaveLength(200)
    expect(clean).not.toMatch(/\p{Surrogate}/u)
  })

  it('keeps a log line one line', () => {
    expect(cleanErrorInfo('first\r\nsecond\u0000')).toBe('first second')
  })
})
