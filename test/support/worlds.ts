import { afterEach } from 'vitest'
import { awsJsonClient } from '../../lib/adapters/aws/aws-json-client.ts'
import { dynamoReplyStore } from '../../lib/adapters/dynamo/reply-store/index.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { credentials, type Environment, region } from './local-cloud.ts'

/** Set beside the usual environment, or instead of it; `undefined` takes a variable away. */
export type Changes = Readonly<Record<string, string | undefined>>

const isSet = (entry: readonly [string, string | undefined]): entry is [string, string] =>
  entry[1] !== undefined

export const changed = (env: Environment, changes: Changes): Environment =>
  Object.fromEntries(Object.entries({ ...env, ...changes }).filter(isSet))

/** What ends with each test of a file, the last first. */
export const endingsOfTests = (): (() => unknown)[] => {
  const endings: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })
  return endings
}

/** The table of a function's environment, as one more process would have it. */
export const tableOf = (env: Environment) => {
  const endpoint = env['AWS_ENDPOINT_URL_DYNAMODB'] ?? ''
  const table = env['REPLIES_TABLE'] ?? ''
  const own = { clock: systemClock, random: Math.random }
  const call = awsJsonClient({ service: 'dynamodb', region, credentials, endpoint, ...own })
  return { call, table, store: dynamoReplyStore({ call, table, ...own }) }
}
