import { describe, expect, it } from 'vitest'
import { apiToken, usualQuestion } from '../support/known-secrets.ts'
import { credentialsIn, leaksIn } from '../support/log-leaks.ts'

// Built by hand: a line that went through JSON.stringify here would fail this very file.
const line = (event: string, fields: string): string =>
  `{"level":"INFO","message":"${event}","service":"tencent-chat-stream",${fields}}`

describe('the guard that stands in every test file', () => {
  it.each([
    ['a credential', line('refused', `"detail":"with ${apiToken}"`), 'refused shows a secret'],
    ['a signed URL', line('refused', '"url":"?usersig=eJx"'), 'refused shows a usersig'],
    ['a field of text', line('enqueued', '"turn":{"text":"hi"}'), 'enqueued shows the field text'],
    ['a question', line('broken', `"error":"${usualQuestion}"`), 'broken shows what a user asked'],
  ])('finds %s', (_name, shown, found) => {
    expect(leaksIn(shown)).toEqual([found])
  })

  it('lets text through where LOG_TEXT shows it, and no credential even there', () => {
    expect(leaksIn(line('chunk', `"text":"${usualQuestion}"`))).toEqual([])
    expect(leaksIn(line('chunk', `"text":"${apiToken}"`))).toEqual(['chunk shows a secret'])
  })

  it('lets through what is no line of the log, and words that are no signature', () => {
    expect(leaksIn(`{"text":"${usualQuestion}"}`)).toEqual([])
    expect(credentialsIn('The usersig has expired.')).toEqual([])
  })
})
