import type { APIGatewayProxyResult, Context, ScheduledEvent } from 'aws-lambda'
import { expect, vi } from 'vitest'
import { awsJsonClient } from '../../lib/adapters/aws/aws-json-client.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import type { GatewayEvent, GatewayHandler } from '../../lib/http/gateway.ts'
import { createTable } from '../../local/cloud/dynamo-table.ts'
import { type DynamoEngine, startEmbeddedDynamo } from '../../local/cloud/embedded-dynamo.ts'
import { lambdaContext as contextOf } from '../../local/cloud/lambda-context.ts'
import { chatRules } from '../../local/simulator/rules.ts'
import { startSimulator } from '../../local/simulator/server.ts'
import { type SimulatedServiceOptions, simulatedService } from '../../local/simulator/service.ts'
import type { ChatSettings } from '../../local/simulator/settings.ts'
import { userSigCheck } from '../../local/simulator/user-sig-check.ts'
import type { FunctionName } from '../deployment/template/fixtures.ts'
import { captureOutput } from './captured-output.ts'
import { type EventOf, httpApiEvent } from './gateway-events.ts'
import { apiToken, awsSecretKey, secretKey } from './known-secrets.ts'
import type { QueueHandler } from './local-queue.ts'
import { accessKeyOf } from './role-policy.ts'

export { startLocalSecrets as startSecrets } from '../../local/cloud/secrets.ts'
export { apiToken, awsSecretKey, secretKey }

/** The environment of a function, as a deployment would set it. */
export type Environment = Readonly<Record<string, string>>

const SDK_APP_ID = 1_400_000_000
export const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: awsSecretKey }
export const region = 'eu-central-1'
const table = 'replies'

export interface LocalCloudOptions extends Pick<SimulatedServiceOptions, 'latencyMs' | 'faults'> {
  readonly rules?: Partial<ChatSettings>
  readonly engine?: DynamoEngine | 'auto'
}

/** Tencent Chat over HTTP, with credentials checked, and DynamoDB with the table; each for one test alone. */
export const startLocalCloud = async ({
  rules,
  engine = 'dynalite',
  ...network
}: LocalCloudOptions = {}) => {
  const chat = simulatedService({
    rules: chatRules(rules),
    clock: systemClock,
    userSig: userSigCheck({
      sdkAppId: SDK_APP_ID,
      admins: ['administrator'],
      secretKey: () => secretKey,
    }),
    ...network,
  })
  const simulator = await startSimulator(chat)
  const dynamo = await startEmbeddedDynamo({ engine })
  const client = { service: 'dynamodb', region, credentials, endpoint: dynamo.endpoint } as const
  await createTable(awsJsonClient({ ...client, clock: systemClock, random: Math.random }), table)

  const env: Environment = {
    CHAT_SDK_APP_ID: String(SDK_APP_ID),
    CHAT_SECRET_KEY: secretKey,
    CHAT_ENDPOINT: simulator.url,
    REPLIES_TABLE: table,
    REPLIES_API_TOKEN: apiToken,
    MIN_GAP_MS: '5',
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
  }
  return {
    chat,
    env,
    /** The calls that carried chunks. */
    sends: () => chat.calls.filter(({ command }) => command === 'send_stream_msg'),
    close: async (): Promise<void> => {
      await simulator.close()
      await dynamo.close()
    },
  }
}

/** What Lambda hands to a function beside the event, with this much time left. */
export const lambdaContext = (remainingMs = 29_000): Context =>
  contextOf('tencent-chat-stream-dev-replies', remainingMs)

export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

export interface Ask {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown
  readonly eventOf?: EventOf
  readonly remainingMs?: number
}

const encode = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body))

const answerOf = ({ statusCode, headers, body }: APIGatewayProxyResult): Answer => ({
  status: statusCode,
  headers: new Headers(
    Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)] as const),
  ),
  body: JSON.parse(body) as Answer['body'],
})

const withEnvironment = async <T>(env: Environment, load: () => Promise<T>): Promise<T> => {
  const own = process.env
  process.env = { ...env }
  try {
    return await load()
  } finally {
    process.env = own
  }
}

/** Loads a function as a fresh sandbox does, with credentials of its own role. */
const loadFresh = <T>(name: FunctionName, env: Environment, load: () => Promise<T>): Promise<T> => {
  vi.resetModules()
  return withEnvironment({ ...env, AWS_ACCESS_KEY_ID: accessKeyOf(name) }, load)
}

/** The replies function as a fresh sandbox has it; each answer is handed to `see` as well. */
export const freshReplies = async (env: Environment, see: (answer: string) => void) => {
  const { handler } = await loadFresh('replies', env, () => import('../../handlers/replies.ts'))

  const invoke = async (event: GatewayEvent, context = lambdaContext()): Promise<Answer> => {
    const result = await handler(event, context)
    see(JSON.stringify(result))
    return answerOf(result)
  }
  const ask = (asked: Ask): Promise<Answer> =>
    invoke(eventFor(env, asked), lambdaContext(asked.remainingMs))

  return {
    invoke,
    ask,
    post: (body: unknown, asked: Ask = {}) => ask({ ...asked, body }),
    get: (replyId: string) => ask({ method: 'GET', path: `/replies/${replyId}` }),
  }
}

/** What the gateway makes of a request, with the API's token where no headers are given. */
export const eventFor = (env: Environment, asked: Ask): GatewayEvent => {
  const { method = 'POST', path = '/replies', eventOf = httpApiEvent, headers, body } = asked
  const [plainPath = path, query] = path.split('?', 2)
  return eventOf({
    method,
    path: plainPath,
    ...(query === undefined ? {} : { query: Object.fromEntries(new URLSearchParams(query)) }),
    headers: headers ?? {
      'content-type': 'application/json',
      authorization: `Bearer ${env['REPLIES_API_TOKEN']}`,
    },
    ...(body === undefined ? {} : { body: encode(body) }),
  })
}

/** The worker as a fresh sandbox has it. */
export const freshWorker = async (env: Environment): Promise<QueueHandler> => {
  const { handler } = await loadFresh('worker', env, () => import('../../handlers/worker.ts'))
  // The type of a handler allows callbacks, which ours does not use.
  return async (event, context) => (await handler(event, context, () => {})) ?? noFailures
}

const noFailures = { batchItemFailures: [] }

/** The function that takes callbacks, as a fresh sandbox has it. */
export const freshWebhook = async (env: Environment): Promise<GatewayHandler> =>
  (await loadFresh('webhook', env, () => import('../../handlers/webhook.ts'))).handler

/** The sweeper as a fresh sandbox has it, to be invoked as its schedule does. */
export const freshSweeper = async (env: Environment) => {
  const { handler } = await loadFresh('sweeper', env, () => import('../../handlers/sweeper.ts'))
  return async (remainingMs = 60_000): Promise<void> => {
    await handler(scheduledEvent, lambdaContext(remainingMs), () => {})
  }
}

/** What the schedule hands to the sweeper. */
export const scheduledEvent: ScheduledEvent = {
  id: 'event-1',
  version: '0',
  account: '123456789012',
  time: '2026-01-01T00:00:00Z',
  region,
  resources: ['arn:aws:events:eu-central-1:123456789012:rule/tencent-chat-stream-dev-sweeper'],
  source: 'aws.events',
  'detail-type': 'Scheduled Event',
  detail: {},
}

/** No answer and no line of a log may show a credential. */
export const expectNoneShown = (shown: readonly string[], secrets: readonly string[]): void => {
  const all = shown.join('\n')
  expect(all).not.toMatch(/usersig/i)
  for (const secret of secrets) expect(all).not.toContain(secret)
}

/** The replies function in a fresh sandbox. Whatever it answers and prints is kept for `expectNothingLeaked`. */
export const loadReplies = async (env: Environment) => {
  const output = captureOutput()
  const answers: string[] = []
  const replies = await freshReplies(env, (answer) => answers.push(answer)).catch(
    (error: unknown) => {
      output.release()
      throw error
    },
  )
  return {
    ...replies,
    /** The log so far, one entry for each line. */
    log: output.lines,
    expectNothingLeaked: (secrets: readonly string[]) =>
      expectNoneShown([...answers, ...output.lines()], secrets),
    release: output.release,
  }
}
