import * as v from 'valibot'
import { isMysqlUrl } from '../core/plain-url.ts'
import { pattern, required, withDefault } from './kinds.ts'

/** Where replies are kept. */
export const storeVariables = {
  REPLIES_STORE: v.optional(
    v.picklist(['dynamodb', 'mysql'], 'must be dynamodb or mysql'),
    'dynamodb',
  ),
  MYSQL_URL: v.optional(
    v.pipe(
      v.string(),
      v.check(isMysqlUrl, 'must be mysql://user:password@host:3306/database, encoded as a URL is'),
    ),
  ),
  MYSQL_TLS: v.optional(
    v.picklist(['verify', 'encrypt', 'off'], 'must be one of verify, encrypt, off'),
  ),
  MYSQL_CA: v.optional(
    pattern(
      /^-----BEGIN CERTIFICATE-----/,
      'must be a certificate in PEM, its lines joined by \\n',
    ),
  ),
  MYSQL_MAX_CONNECTIONS: withDefault(100, 0, 100_000),
}

/** What DynamoDB needs. */
export const tableVariables = {
  REPLIES_TABLE: v.pipe(
    required('the name of the DynamoDB table'),
    v.regex(/^[\w.:/-]{3,1024}$/, 'must be the name of a DynamoDB table'),
  ),
}

/** What any service of AWS needs. */
export const awsVariables = {
  AWS_REGION: v.pipe(
    required('the AWS region of the table, such as ap-southeast-1'),
    v.regex(/^[a-z\d-]+$/, 'must be an AWS region such as ap-southeast-1'),
  ),
  AWS_ACCESS_KEY_ID: required('AWS credentials'),
  AWS_SECRET_ACCESS_KEY: required('AWS credentials'),
}

type Given = Readonly<Record<string, string | undefined>>

const unused = v.optional(v.string(), '')
const anyText = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, unused]))

/** A secret of AWS, or a queue of its own. */
const usesAws = ({ SECRETS_NAME: secret = 'tencent:', REPLIES_QUEUE_URL: queue }: Given): boolean =>
  queue !== undefined || !secret.startsWith('tencent:')

/** The variables that are not needed where the replies are kept elsewhere. */
export const notNeeded = (given: Given): v.ObjectEntries => {
  if (given['REPLIES_STORE'] !== 'mysql') return {}
  return {
    ...anyText(Object.keys(tableVariables)),
    ...(usesAws(given) ? {} : anyText(Object.keys(awsVariables))),
  }
}
