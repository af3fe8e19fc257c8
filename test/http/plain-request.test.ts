import { describe, expect, it } from 'vitest'
import { parseEvent } from '../../lib/http/plain-request.ts'
import { gateways } from '../support/gateway-events.ts'

const HEARD = '192.0.2.1'
const FORGED = '198.51.100.1'
const forging = { 'x-scf-remote-addr': FORGED, 'x-forwarded-for': FORGED, 'x-real-ip': FORGED }
const request = { method: 'POST', path: '/webhooks/chat' }

/** An event of SCF, which says the address in a header and nowhere else. */
const addressAmong = (headers: Readonly<Record<string, string>>): string | undefined =>
  parseEvent({ httpMethod: 'POST', path: '/webhooks/chat', headers, queryString: {} })?.address

describe('the address that a request comes from', () => {
  it.each(gateways.slice(0, 3))(
    '%s: is what the gateway says beside the headers, whatever they say',
    (_name, eventOf) => {
      expect(parseEvent(eventOf(request))?.address).toBe(HEARD)
      expect(parseEvent(eventOf({ ...request, headers: forging }))?.address).toBe(HEARD)
    },
  )

  it('SCF function URL: is that of its own header, in any spelling, and of no other', () => {
    expect(addressAmong({ 'x-scf-remote-addr': HEARD })).toBe(HEARD)
    expect(addressAmong({ 'X-Scf-Remote-Addr': HEARD, 'X-Forwarded-For': FORGED })).toBe(HEARD)
    expect(addressAmong({ 'x-forwarded-for': FORGED, 'x-real-ip': FORGED })).toBeUndefined()
  })

  it.each([
    ['before it', { 'x-scf-remote-addr': FORGED, 'X-Scf-Remote-Addr': HEARD }],
    ['behind it', { 'X-Scf-Remote-Addr': HEARD, 'x-scf-remote-addr': FORGED }],
    ['joined to it', { 'x-scf-remote-addr': `${FORGED}, ${HEARD}` }],
  ])('SCF function URL: is unknown where a caller has put one %s', (_where, headers) => {
    expect(addressAmong(headers)).toBeUndefined()
  })

  it('SCF function URL: is known where the same one stands there twice', () => {
    expect(addressAmong({ 'X-Scf-Remote-Addr': HEARD, 'x-scf-remote-addr': HEARD })).toBe(HEARD)
  })
})
