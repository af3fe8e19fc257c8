import type { TransportAnswer } from '../tencent/chat-transport.ts'

/** System calls that come before the first byte of a request. */
const connecting: ReadonlySet<string> = new Set(['connect', 'getaddrinfo'])

/** Codes that only connecting gives; several addresses tried in vain come as one error that names no system call. */
const connectCode =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)$/

/** A certificate is looked at before the first byte. Other TLS errors may come at any time. */
const certificateCode = /CERT|UNABLE_TO_|HOSTNAME_MISMATCH/

const stringField = (error: unknown, name: string): string | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' ? value : undefined
}

const isBeforeFirstByte = (code: string, systemCall: string | undefined): boolean => {
  if (systemCall !== undefined) return connecting.has(systemCall)
  return connectCode.test(code) || certificateCode.test(code)
}

/**
 * Tells from an error of node-fetch whether the request left this machine. Only the error's code is shown: its message
 * holds the URL, and with it the signature.
 */
export const describeFetchError = (error: unknown): TransportAnswer => {
  const code = stringField(error, 'code') ?? stringField(error, 'type') ?? ''
  const shown = /^[\w-]{1,60}$/.test(code) ? code : 'unknown error'
  return isBeforeFirstByte(code, stringField(error, 'erroredSysCall'))
    ? { kind: 'notSent', detail: `No connection (${shown}): check CHAT_ENDPOINT and CHAT_REGION.` }
    : { kind: 'lost', detail: `The connection broke (${shown}).` }
}
