import { fieldsOf, parsedJson } from '../../core/json.ts'
import type { AwsCredentials } from './aws-signature.ts'

/** An answer of an AWS service that says no. Its message shows no credential and no request. */
export class AwsError extends Error {
  /** HTTP status. */
  readonly status: number

  constructor(name: string, status: number, message: string) {
    super(message)
    /** The service's own short name, such as `ConditionalCheckFailedException`. */
    this.name = name
    this.status = status
  }
}

const shownChars = 300

/** Refusals that the same request may outlive; each of them was not applied. */
const passing: ReadonlySet<string> = new Set([
  'KmsThrottled',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestTimeout',
  'RequestTimeoutException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'TransactionInProgressException',
])

/** True when the same request may be answered better a moment later. */
export const mayPass = ({ name, status }: AwsError): boolean =>
  status >= 500 || status === 429 || passing.has(name)

const textField = (fields: Readonly<Record<string, unknown>>, name: string): string => {
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}

/** `com.amazonaws.dynamodb.v20120810#Name` and `Name:http://…` are both ways to say `Name`. */
const shortName = (type: string): string =>
  /([A-Za-z][\w.]*)(:|$)/.exec(type.replace(/^.*#/, ''))?.[1] ?? ''

/** A refused signature is answered with the request it was computed from, the session token in it. */
const withoutCredentials = (text: string, credentials: AwsCredentials): string => {
  const [firstLine = ''] = text.split('\n', 1)
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  return [accessKeyId, secretAccessKey, sessionToken ?? '']
    .filter((secret) => secret !== '')
    .reduce((shown, secret) => shown.replaceAll(secret, '…'), firstLine)
    .slice(0, shownChars)
}

/** Reads an answer that is not 2xx. */
export const readAwsError = (
  target: string,
  answer: { readonly status: number; readonly type: string | null; readonly text: string },
  credentials: AwsCredentials,
): AwsError => {
  const fields = fieldsOf(parsedJson(answer.text))
  const name =
    shortName(textField(fields, '__type') || (answer.type ?? '')) || `Http${answer.status}`
  const said = textField(fields, 'message') || textField(fields, 'Message')
  const why = withoutCredentials(said, credentials)
  return new AwsError(
    name,
    answer.status,
    `${target} answered ${name} (${answer.status}) ${why}`.trim(),
  )
}
