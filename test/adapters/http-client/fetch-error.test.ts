import { describe, expect, it } from 'vitest'
import { describeFetchError } from '../../../lib/adapters/http-client/fetch-error.ts'

const userSig = 'eJxSignatureThatNobodyMaySee'

describe('describeFetchError', () => {
  it.each([
    [{ code: 'ENOTFOUND', erroredSysCall: 'getaddrinfo' }, 'notSent'],
    [{ code: 'EAI_AGAIN', erroredSysCall: 'getaddrinfo' }, 'notSent'],
    [{ code: 'ETIMEDOUT', erroredSysCall: 'connect' }, 'notSent'],
    [{ code: 'ECONNREFUSED' }, 'notSent'],
    [{ code: 'CERT_HAS_EXPIRED' }, 'notSent'],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'notSent'],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'notSent'],
    [{ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'notSent'],
    [{ code: 'EHOSTUNREACH', erroredSysCall: 'read' }, 'lost'],
    [{ code: 'EPROTO', erroredSysCall: 'write' }, 'lost'],
    [{ code: 'EPIPE', erroredSysCall: 'write' }, 'lost'],
    [{ code: 'ECONNRESET' }, 'lost'],
    [{ type: 'max-size' }, 'lost'],
    [{ code: `usersig=${userSig}` }, 'lost'],
    [new Error(`request to https://host/?usersig=${userSig} failed`), 'lost'],
    [undefined, 'lost'],
  ])('takes %j as %s', (error, kind) => {
    const answer = describeFetchError(error)

    expect(answer.kind).toBe(kind)
    const shown = JSON.stringify(answer)
    expect(shown).not.toMatch(/usersig/i)
    expect(shown).not.toContain(userSig)
    expect(shown).not.toContain('v4/')
  })
})
