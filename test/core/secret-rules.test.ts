import { describe, expect, it } from 'vitest'
import { secretProblem } from '../../lib/core/secret-rules.ts'

const base64 = (bytes: number): string => Buffer.alloc(bytes, 7).toString('base64')

describe('secretProblem', () => {
  it.each([
    ['REPLIES_API_TOKEN', 'x'.repeat(16)],
    ['REPLIES_API_TOKEN', `${'x'.repeat(16)}, ${'y'.repeat(40)}`],
    ['CHAT_CALLBACK_TOKEN', '12345678'],
    ['CHAT_CALLBACK_TOKEN', '12345678,abcdefgh'],
    ['REPLIES_WEBHOOK_SECRET', `whsec_${base64(24)}`],
    ['REPLIES_WEBHOOK_SECRET', `whsec_${base64(25)}, ${base64(26)}`],
    ['REPLIES_API_KEYS', JSON.stringify({ crm: { token: 'x'.repeat(16) } })],
    ['CHAT_SECRET_KEY', 'any'],
    ['OPENAI_API_KEY', 'sk-any'],
    ['SYSTEM_PROMPT', 'Answer in short. Go on… and on...'],
  ])('takes a %s of %s', (name, value) => {
    expect(secretProblem(name, value)).toBeUndefined()
  })

  it.each([
    ['REPLIES_API_TOKEN', 'x'.repeat(15), /16 characters.*openssl/],
    ['REPLIES_API_TOKEN', `${'x'.repeat(16)},`, /16 characters/],
    ['REPLIES_API_TOKEN', `${'x'.repeat(16)},,${'y'.repeat(16)}`, /16 characters/],
    ['REPLIES_API_TOKEN', `,${'x'.repeat(16)}`, /16 characters/],
    ['REPLIES_API_TOKEN', `${'x'.repeat(16)},short`, /16 characters/],
    ['REPLIES_API_TOKEN', 'with white space within', /white space/],
    ['REPLIES_API_TOKEN', '…', /16 characters/],
    ['CHAT_CALLBACK_TOKEN', '1234567', /8 characters.*console/],
    ['CHAT_CALLBACK_TOKEN', '12345678, ', /8 characters/],
    ['CHAT_CALLBACK_TOKEN', '…', /8 characters/],
    ['REPLIES_WEBHOOK_SECRET', `whsec_${base64(23)}`, /24 bytes.*openssl/],
    ['REPLIES_WEBHOOK_SECRET', `whsec_${base64(24)},`, /24 bytes/],
    ['REPLIES_WEBHOOK_SECRET', `whsec_${'~'.repeat(40)}`, /base64/],
    ['REPLIES_WEBHOOK_SECRET', 'whsec_…', /base64/],
    ['REPLIES_API_KEYS', '{"crm":{"token":"short"}}', /^crm\.token /],
    ['CHAT_SECRET_KEY', '…', /placeholder/],
    ['OPENAI_API_KEY', 'sk-…', /placeholder/],
    ['OPENAI_API_KEY', 'sk-...', /placeholder/],
    ['CHAT_SECRET_KEY', '...', /placeholder/],
    ['REPLIES_API_TOKEN', 'your-token-here-...', /placeholder/],
    ['CHAT_CALLBACK_TOKEN', '........', /placeholder/],
  ])('refuses a %s of %s and says what to do', (name, value, fix) => {
    const problem = secretProblem(name, value)

    expect(problem).toMatch(fix)
    expect(problem).not.toContain('\n')
    if (value.length > 1) expect(problem).not.toContain(value)
  })
})
