import { awsJsonClient } from '../lib/adapters/aws/aws-json-client.ts'
import { systemClock } from '../lib/adapters/runtime/system-clock.ts'
import { createTable } from '../local/cloud/dynamo-table.ts'
import type { ServerProcess } from './server-process.ts'

const region = 'eu-central-1'
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }

let tables = 0

/** The environment of our functions, with a table of its own, so that no run shares a budget with another. */
export const freshEnvironment = async (
  server: ServerProcess,
): Promise<Readonly<Record<string, string>>> => {
  const { endpoint } = await server.dynamo()
  tables += 1
  const table = `replies-${tables}`
  const clocks = { clock: systemClock, random: Math.random }
  await createTable(
    awsJsonClient({ service: 'dynamodb', region, credentials, endpoint, ...clocks }),
    table,
  )
  return {
    CHAT_SDK_APP_ID: '1400000000',
    CHAT_SECRET_KEY: '5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e',
    REPLIES_TABLE: table,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  }
}
