import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import {
  isSignedWebhook,
  signWebhook,
  type WebhookHeaders,
  webhookKey,
} from '../../../lib/adapters/crypto/standard-webhook.ts'

const nowMs = Math.floor(Date.now() / 1_000) * 1_000
const nowSeconds = nowMs / 1_000
const secretOf = (bytes: Uint8Array): string => `whsec_${Buffer.from(bytes).toString('base64')}`
const secret = secretOf(Buffer.from('a secret of both ends of it'))
const otherSecret = secretOf(Buffer.from('a secret of somebody else, that is'))

const signed = (id: string, seconds: number, body: string, by = secret): string =>
  new Webhook(by).sign(id, new Date(seconds * 1_000), body)

/** What the reference implementation says, which reads the clock itself. */
const isTakenByReference = (headers: WebhookHeaders, body: string): boolean => {
  try {
    new Webhook(secret).verify(
      body,
      {
        'webhook-id': headers.id,
        'webhook-timestamp': headers.timestamp,
        'webhook-signature': headers.signatures,
      },
      { jsonParse: false },
    )
    return true
  } catch {
    return false
  }
}

const anyBody = fc.string({ unit: 'grapheme', maxLength: 200 })
const anyId = fc.string({ minLength: 1, maxLength: 40 })

interface Delivery extends WebhookHeaders {
  readonly body: string
}

/** What may be wrong with a delivery; nothing as often as not. */
const spoiled = fc.constantFrom<(whole: Delivery) => Delivery>(
  (whole) => whole,
  (whole) => whole,
  (whole) => ({ ...whole, body: `${whole.body} ` }),
  (whole) => ({ ...whole, id: `${whole.id}x` }),
  (whole) => ({ ...whole, timestamp: `x${whole.timestamp}` }),
  (whole) => ({ ...whole, timestamp: `${whole.timestamp}.5s` }),
  (whole) => ({ ...whole, signatures: whole.signatures.replace('v1,', 'v2,') }),
  (whole) => ({
    ...whole,
    signatures: signed(whole.id, Number(whole.timestamp), whole.body, otherSecret),
  }),
)

describe('a webhook signature', () => {
  it('is the one that the reference implementation makes', () => {
    const bytes = fc.uint8Array({ minLength: 24, maxLength: 64 })

    fc.assert(
      fc.property(bytes, anyId, anyBody, fc.nat(4e9), (key, id, body, seconds) => {
        const own = webhookKey(secretOf(key)) ?? Buffer.alloc(0)
        const reference = signed(id, seconds, body, secretOf(key))

        expect(signWebhook(own, { id, seconds, body })).toBe(reference)
        expect(signWebhook(own, { id, seconds, body: Buffer.from(body) })).toBe(reference)
      }),
    )
  })

  it('is taken or refused as the reference implementation does', () => {
    const seen = new Set<boolean>()
    const right = anyBody.chain((body) =>
      fc.record({
        id: anyId,
        body: fc.constant(body),
        offset: fc.integer({ min: -320, max: 320 }),
      }),
    )
    const noise = fc.constantFrom('v1,AAAA', 'v2,AAAA', 'v1', '', ',', 'v1,', 'V1,AAAA', 'v1a,x')

    fc.assert(
      fc.property(right, fc.array(noise, { maxLength: 3 }), spoiled, (given, others, spoil) => {
        const { id, body, offset } = given
        // The edge itself is left to the next test: the reference reads the clock a little later.
        fc.pre(Math.abs(Math.abs(offset) - 300) > 5)
        const seconds = nowSeconds + offset
        const whole = {
          id,
          timestamp: String(seconds),
          signatures: signed(id, seconds, body),
          body,
        }
        const { body: sent, signatures, ...headers } = spoil(whole)
        const received = { ...headers, signatures: [...others, signatures].join(' ') }

        const taken = isSignedWebhook([secret], received, Buffer.from(sent), nowMs)

        seen.add(taken)
        expect(taken).toBe(isTakenByReference(received, sent))
      }),
      { numRuns: 1_000 },
    )
    expect(seen).toEqual(new Set([true, false]))
  })

  it.each([
    [-301, false],
    [-300, true],
    [300, true],
    [301, false],
  ])('%i s off is taken: %s', (offset, taken) => {
    const seconds = nowSeconds + offset
    const headers = { id: 'a', timestamp: String(seconds), signatures: signed('a', seconds, '{}') }

    expect(isSignedWebhook([secret], headers, Buffer.from('{}'), nowMs)).toBe(taken)
  })

  it('covers the bytes of the body as they came, also where they are no text', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d])
    const key = webhookKey(secret) ?? Buffer.alloc(0)
    const headersOver = (body: string | Buffer) => ({
      id: 'a',
      timestamp: String(nowSeconds),
      signatures: signWebhook(key, { id: 'a', seconds: nowSeconds, body }),
    })

    expect(isSignedWebhook([secret], headersOver(bytes), bytes, nowMs)).toBe(true)
    expect(isSignedWebhook([secret], headersOver(bytes.toString()), bytes, nowMs)).toBe(false)
  })

  it('fits one of several secrets, and none that is no base64', () => {
    const headers = {
      id: 'a',
      timestamp: String(nowSeconds),
      signatures: signed('a', nowSeconds, '{}'),
    }
    const fits = (secrets: readonly string[]) =>
      isSignedWebhook(secrets, headers, Buffer.from('{}'), nowMs)

    expect(fits([otherSecret, secret])).toBe(true)
    expect(fits([otherSecret])).toBe(false)
    expect(fits(['whsec_', 'whsec_~~~', ''])).toBe(false)
    expect(fits([])).toBe(false)
  })
})
