import { fieldsOf, parsedJson } from '../../core/json.ts'
import { withoutSecrets } from '../runtime/known-secrets.ts'

/** An answer of an AWS service that says no. Its message shows no credential and no request. */
export class AwsError extends Error {
  /** HTTP status. */
  readonly status: number
  /** What a refused write of DynamoDB found, where it was asked to say so. */
  readonly item: unknown

  constructor(name: string, status: number, message: string, item?: unknown) {
    super(message)
    /** The service's own short name, such as `ConditionalCheckFailedException`. */
    this.name = name
    this.status = status
    this.item = item
  }
}

const SHOWN_CHARS = 300
/** What is looked at of a message of which so little is shown. */
const READ_CHARS = 4_096

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

/** True for an answer that may pass and says that too many ask. */
export const isCrowded = ({ name, status }: AwsError): boolean =>
  status < 500 && /throttl|throughput|limit|slowdown|toomany/i.test(name)

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** `com.amazonaws.dynamodb.v20120810#Name` and `Name:http://…` are both ways to say `Name`. */
const shortName = (type: string): string => {
  const [name = ''] = type.slice(type.lastIndexOf('#') + 1).split(':', 1)
  return /^[A-Za-z][\w.]{0,99}$/.test(name) ? name : ''
}

/** A refused signature is answered with the request it was computed from, the session token in it, on further lines. */
const firstLine = (text: string): string =>
  withoutSecrets(text.slice(0, READ_CHARS).split('\n', 1)[0] ?? '').slice(0, SHOWN_CHARS)

/** Reads an answer that is not 2xx. */
export const readAwsError = (
  target: string,
  answer: { readonly status: number; readonly type: string | null; readonly text: string },
): AwsError => {
  const fields = fieldsOf(parsedJson(answer.text))
  const type = textOf(fields['__type']) || (answer.type ?? '')
  const name = withoutSecrets(shortName(type)) || `Http${answer.status}`
  const said = textOf(fields['message']) || textOf(fields['Message'])
  const why = firstLine(said)
  return new AwsError(
    name,
    answer.status,
    `${target} answered ${name} (${answer.status}) ${why}`.trim(),
    fields['Item'],
  )
}
