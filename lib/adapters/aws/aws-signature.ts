import aws4 from 'aws4'

/** What AWS gave this process to sign with; `sessionToken` comes with temporary credentials. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface AwsScope {
  /** As it stands in a signature, such as `dynamodb`. */
  readonly service: string
  readonly region: string
}

export interface UnsignedPost {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** `20240131T235959Z`. */
const amzDate = (nowMs: number): string =>
  new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, '')

/** The headers of a POST request, signed by AWS Signature Version 4 as of `nowMs`; `host` is among them. */
export const signPost = (
  scope: AwsScope,
  credentials: AwsCredentials,
  { url, headers, body }: UnsignedPost,
  nowMs: number,
): Record<string, string> => {
  const dated = { ...headers, host: url.host, 'x-amz-date': amzDate(nowMs) }
  const signed = aws4.sign(
    { ...scope, method: 'POST', host: url.host, path: url.pathname, headers: dated, body },
    credentials,
  )
  return Object.fromEntries(
    Object.entries(signed.headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      String(value),
    ]),
  )
}
