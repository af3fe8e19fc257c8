import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Whose calls are taken. */
export interface KnownCaller {
  readonly secretId: string
  readonly secretKey: string
  readonly token?: string
}

const authorization =
  /^TC3-HMAC-SHA256 Credential=([^/]+)\/([\d-]+)\/(\w+)\/tc3_request, ?SignedHeaders=([\w;-]+), ?Signature=([\da-f]{64})$/

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()

const headerOf = (headers: IncomingHttpHeaders, name: string): string => String(headers[name] ?? '')

/** The value that was signed: actions in lower case, and some callers leave the port away. */
const signedValues = (headers: IncomingHttpHeaders, name: string): readonly string[] => {
  const value = headerOf(headers, name).trim()
  return name === 'host' ? [value, value.replace(/:\d+$/, '')] : [value, value.toLowerCase()]
}

const canonicalHeaders = (headers: IncomingHttpHeaders, names: readonly string[]) =>
  names.reduce<readonly string[]>(
    (texts, name) =>
      texts.flatMap((text) =>
        signedValues(headers, name).map((value) => `${text}${name}:${value}\n`),
      ),
    [''],
  )

/** How API 3.0 answers a call that is not signed by `caller`; `undefined` where it is. Written without the signer it checks. */
export const tc3Refusal = (
  headers: IncomingHttpHeaders,
  body: string,
  caller: KnownCaller,
): string | undefined => {
  const [, secretId, date = '', service = '', signed = '', signature] =
    authorization.exec(headerOf(headers, 'authorization')) ?? []
  if (secretId === undefined) return 'AuthFailure.InvalidAuthorization'
  if (secretId !== caller.secretId) return 'AuthFailure.SecretIdNotFound'
  if (headerOf(headers, 'x-tc-token') !== (caller.token ?? '')) return 'AuthFailure.TokenFailure'
  const atSeconds = Number(headerOf(headers, 'x-tc-timestamp'))
  if (Math.abs(Date.now() / 1_000 - atSeconds) > 300) return 'AuthFailure.SignatureExpire'
  if (new Date(atSeconds * 1_000).toISOString().slice(0, 10) !== date) {
    return 'AuthFailure.SignatureFailure'
  }
  const scope = `${date}/${service}/tc3_request`
  const key = [date, service, 'tc3_request'].reduce<string | Buffer>(hmac, `TC3${caller.secretKey}`)
  const isRight = canonicalHeaders(headers, signed.split(';')).some((text) => {
    const request = `POST\n/\n\n${text}\n${signed}\n${sha256(body)}`
    const toSign = `TC3-HMAC-SHA256\n${atSeconds}\n${scope}\n${sha256(request)}`
    return hmac(key, toSign).toString('hex') === signature
  })
  return isRight ? undefined : 'AuthFailure.SignatureFailure'
}
