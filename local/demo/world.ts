import { randomBytes } from 'node:crypto'
import { awsJsonClient } from '../../lib/adapters/aws/aws-json-client.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { createTable } from '../cloud/dynamo-table.ts'
import { startEmbeddedDynamo } from '../cloud/embedded-dynamo.ts'
import { type ChatRules, chatRules } from '../simulator/rules.ts'
import { startSimulator } from '../simulator/server.ts'
import { type SimulatedService, simulatedService } from '../simulator/service.ts'
import { userSigCheck } from '../simulator/user-sig-check.ts'

const TABLE = 'demo-replies'
const SDK_APP_ID = 1_400_000_000

/** A round trip to the simulated service, in ms. */
export const LATENCY_MS = 80

/** Something that runs for the demo, and the environment that leads the functions to it. */
export interface Running {
  readonly env: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

export interface DemoChat extends Running {
  readonly rules: ChatRules
  readonly service: SimulatedService
}

/** A Tencent Chat on this machine, for an application that exists only here; `show` gets all that its user sees. */
export const startChat = async (show: (text: string) => void): Promise<DemoChat> => {
  const secretKey = randomBytes(32).toString('hex')
  const shown = () => rules.messages().map((message) => message.text)
  const rules = chatRules({ onChange: () => show(shown().join('\n\n── the next message ──\n\n')) })
  const service = simulatedService({
    rules,
    clock: systemClock,
    latencyMs: LATENCY_MS,
    userSig: userSigCheck({
      sdkAppId: SDK_APP_ID,
      admins: ['administrator'],
      secretKey: () => secretKey,
    }),
  })
  const server = await startSimulator(service)
  const env = {
    CHAT_SDK_APP_ID: String(SDK_APP_ID),
    CHAT_SECRET_KEY: secretKey,
    CHAT_ENDPOINT: server.url,
  }
  return { env, rules, service, close: server.close }
}

/** An empty table in a DynamoDB on this machine. */
export const startTable = async (): Promise<Running> => {
  const dynamo = await startEmbeddedDynamo()
  const credentials = { accessKeyId: 'demo', secretAccessKey: 'demo' }
  const call = awsJsonClient({
    service: 'dynamodb',
    region: 'local',
    credentials,
    endpoint: dynamo.endpoint,
    clock: systemClock,
    random: Math.random,
  })
  await createTable(call, TABLE)
  const env = {
    REPLIES_TABLE: TABLE,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
  }
  return { env, close: dynamo.close }
}
