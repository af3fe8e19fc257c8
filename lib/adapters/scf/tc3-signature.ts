import { createHash, createHmac } from 'node:crypto'

/** What Tencent Cloud gave somebody to sign with; `token` comes with temporary credentials. */
export interface Tc3Credentials {
  readonly secretId: string
  readonly secretKey: string
  readonly token?: string
}

/** A call of API 3.0: always a POST of JSON to the root. */
export interface Tc3Request {
  /** As it stands in the signature, such as `scf`. */
  readonly service: string
  /** With its port, where it is not the usual one. */
  readonly host: string
  readonly action: string
  readonly version: string
  /** Absent for actions that know no region. */
  readonly region?: string
  readonly body: string
}

const algorithm = 'TC3-HMAC-SHA256'
const contentType = 'application/json; charset=utf-8'

/** The headers that the signature covers; their values are signed in lower case. */
const signedHeaders = 'content-type;host;x-tc-action'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()

/** The first intermediate string of the signature (document 213/30654). */
export const canonicalRequest = ({ host, action, body }: Tc3Request): string => {
  const headers = `content-type:${contentType}\nhost:${host}\nx-tc-action:${action.toLowerCase()}\n`
  return `POST\n/\n\n${headers}\n${signedHeaders}\n${sha256(body)}`
}

const scopeOf = (service: string, atSeconds: number): string =>
  `${new Date(atSeconds * 1_000).toISOString().slice(0, 10)}/${service}/tc3_request`

/** The second intermediate string. */
export const stringToSign = (request: Tc3Request, atSeconds: number): string => {
  const scope = scopeOf(request.service, atSeconds)
  return `${algorithm}\n${atSeconds}\n${scope}\n${sha256(canonicalRequest(request))}`
}

/** All headers of the call, signed by TC3-HMAC-SHA256 as of `nowMs`. The service takes them for five minutes. */
export const signTc3 = (
  request: Tc3Request,
  { secretId, secretKey, token }: Tc3Credentials,
  nowMs: number,
): Record<string, string> => {
  const atSeconds = Math.floor(nowMs / 1_000)
  const scope = scopeOf(request.service, atSeconds)
  const key = scope.split('/').reduce<string | Buffer>(hmac, `TC3${secretKey}`)
  const signature = hmac(key, stringToSign(request, atSeconds)).toString('hex')
  const { host, action, version, region } = request
  return {
    authorization: `${algorithm} Credential=${secretId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    'content-type': contentType,
    host,
    'x-tc-action': action,
    'x-tc-version': version,
    'x-tc-timestamp': String(atSeconds),
    ...(region === undefined ? {} : { 'x-tc-region': region }),
    ...(token === undefined ? {} : { 'x-tc-token': token }),
  }
}
