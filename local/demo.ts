import { randomBytes } from 'node:crypto'
import type { APIGatewayProxyResult } from 'aws-lambda'
import { awsJsonClient } from '../lib/adapters/aws-json-client.ts'
import { systemClock } from '../lib/adapters/system-clock.ts'
import { type DemoOptions, readDemoOptions, USAGE } from './demo-options.ts'
import { createTable } from './dynamo-table.ts'
import { startEmbeddedDynamo } from './embedded-dynamo.ts'
import { httpApiEvent, lambdaContext } from './lambda-event.ts'
import { chatRules } from './simulator/rules.ts'
import { startSimulator } from './simulator/server.ts'
import { simulatedService } from './simulator/service.ts'
import { userSigCheck } from './simulator/user-sig-check.ts'

const TABLE = 'demo-replies'
const FUNCTION_TIMEOUT_MS = 29_000
const LATENCY_MS = 80
const token = randomBytes(16).toString('hex')

const dim = (text: string): string => (process.stdout.isTTY ? `\u001b[2m${text}\u001b[22m` : text)

/** Writes what is new of the bot's messages: a streamed text only grows. */
const growingText = () => {
  let written = 0
  return (text: string) => {
    process.stdout.write(text.slice(written))
    written = text.length
  }
}

/** A Tencent Chat on this machine, for an application that exists only here. */
const startChat = async () => {
  const secretKey = randomBytes(32).toString('hex')
  const show = growingText()
  const rules = chatRules({ onChange: () => show(shown()) })
  const shown = () =>
    rules
      .messages()
      .map((message) => message.text)
      .join('')
  const service = simulatedService({
    rules,
    clock: systemClock,
    latencyMs: LATENCY_MS,
    userSig: userSigCheck({
      sdkAppId: 1_400_000_000,
      admins: ['administrator'],
      secretKey: () => secretKey,
    }),
  })
  const server = await startSimulator(service)
  const env = {
    CHAT_SDK_APP_ID: '1400000000',
    CHAT_SECRET_KEY: secretKey,
    CHAT_ENDPOINT: server.url,
  }
  return { env, rules, service, close: server.close }
}

/** An empty table in a DynamoDB on this machine. */
const startTable = async () => {
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

/** Sends the event through the function as the cloud would: the environment is set before it starts cold. */
const postReply = async (env: Record<string, string>, options: DemoOptions) => {
  Object.assign(process.env, env, {
    REPLIES_API_TOKEN: token,
    ...(options.verbose ? {} : { POWERTOOLS_LOG_LEVEL: 'SILENT' }),
  })
  const { handler } = await import('../handlers/replies.ts')
  const { from, to, text, charsPerSecond } = options
  const event = httpApiEvent({
    method: 'POST',
    path: '/replies',
    headers: { authorization: `Bearer ${token}` },
    body: { from, to, text, charsPerSecond },
  })
  const startedAtMs = Date.now()
  const answer = await handler(event, lambdaContext('replies', FUNCTION_TIMEOUT_MS))
  return { answer, startedAtMs, tookMs: Date.now() - startedAtMs }
}

type Posted = Awaited<ReturnType<typeof postReply>>

const printAnswer = ({ answer, tookMs }: Posted): void => {
  console.log(dim(`\n── receipt ──`))
  console.log(`answer      HTTP ${answer.statusCode} after ${(tookMs / 1_000).toFixed(1)} s`)
  const body: Record<string, unknown> = JSON.parse(answer.body)
  for (const [name, value] of Object.entries(body)) {
    console.log(`${name.padEnd(12)}${Array.isArray(value) ? value.join(', ') : value}`)
  }
}

/** True when the simulated user sees the whole text in closed messages. */
const printWhatTheUserSees = (
  chat: Awaited<ReturnType<typeof startChat>>,
  posted: Posted,
  text: string,
) => {
  const messages = chat.rules.messages()
  const shown = messages.map((message) => message.text).join('')
  const sends = chat.service.calls.filter(({ command }) => command === 'send_stream_msg')
  const firstMs = (sends[0]?.appliedAtMs ?? 0) - posted.startedAtMs
  const exact = messages.length === 1 ? shown === text : shown.length >= text.length
  const closed = messages.every((message) => message.finished)
  console.log(`first text  after ${firstMs} ms (a call takes ${LATENCY_MS} ms there and back)`)
  console.log(
    `the user    sees ${shown.length} characters of ${text.length}, ${closed ? 'closed' : 'OPEN'}`,
  )
  return exact && closed && chat.rules.violations.length === 0
}

const succeeded = ({ statusCode }: APIGatewayProxyResult): boolean => statusCode === 200

const runSimulated = async (options: DemoOptions): Promise<boolean> => {
  const [chat, table] = await Promise.all([startChat(), startTable()])
  try {
    console.log(
      dim('A simulated Tencent Chat and an embedded DynamoDB are up; the reply arrives:\n'),
    )
    const posted = await postReply({ ...table.env, ...chat.env }, options)
    printAnswer(posted)
    return printWhatTheUserSees(chat, posted, options.text) && succeeded(posted.answer)
  } finally {
    await Promise.all([chat.close(), table.close()])
  }
}

const runLive = async (options: DemoOptions): Promise<boolean> => {
  const table = await startTable()
  try {
    Object.assign(process.env, table.env)
    await createBot(options.from)
    console.log(`Watch the chat of ${options.to}: ${options.from} is writing …`)
    const posted = await postReply({}, options)
    printAnswer(posted)
    return succeeded(posted.answer)
  } finally {
    await table.close()
  }
}

/** Creating a bot that is there already changes nothing. */
const createBot = async (userId: string): Promise<void> => {
  const [{ composeChat, composeSecrets }, { readConfig }] = await Promise.all([
    import('../lib/compose.ts'),
    import('../lib/config.ts'),
  ])
  const config = readConfig()
  const created = await composeChat(config, composeSecrets(config)).chatApi.createRobot({ userId })
  if (created.ok) return
  const { error } = created
  throw new Error('detail' in error ? error.detail : `Tencent Chat refused: ${error.reason}`)
}

try {
  const options = readDemoOptions(process.argv.slice(2))
  const good = await (options.live ? runLive(options) : runSimulated(options))
  if (!good) console.error('\nThe reply did not arrive as it should.')
  process.exit(good ? 0 : 1)
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exit(1)
}
