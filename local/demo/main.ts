import type { APIGatewayProxyResult } from 'aws-lambda'
import { type DemoOptions, readDemoOptions, USAGE } from './options.ts'
import { postText, pushTokens, startReplies } from './request.ts'
import { type DemoChat, LATENCY_MS, startChat, startTable } from './world.ts'

const dim = (text: string): string => (process.stdout.isTTY ? `\u001b[2m${text}\u001b[22m` : text)

/** Writes what is new of the bot's messages: a streamed text only grows. */
const growingText = () => {
  let written = 0
  return (text: string) => {
    process.stdout.write(text.slice(written))
    written = text.length
  }
}

interface Played {
  readonly answer: APIGatewayProxyResult
  readonly startedAtMs: number
  readonly tookMs: number
}

const play = async (
  env: Readonly<Record<string, string>>,
  options: DemoOptions,
): Promise<Played> => {
  const send = await startReplies(env, options.verbose)
  const startedAtMs = Date.now()
  const answer =
    options.tokens === undefined
      ? await postText(send, options)
      : await pushTokens(send, options, options.tokens)
  return { answer, startedAtMs, tookMs: Date.now() - startedAtMs }
}

const printReceipt = ({ answer, tookMs }: Played): void => {
  console.log(dim('\n── receipt ──'))
  console.log(`answer      HTTP ${answer.statusCode} after ${(tookMs / 1_000).toFixed(1)} s`)
  const body: Record<string, unknown> = JSON.parse(answer.body)
  for (const [name, value] of Object.entries(body)) {
    console.log(`${name.padEnd(12)}${Array.isArray(value) ? value.join(', ') : value}`)
  }
}

/** True when the simulated user sees the whole text in closed messages, and no rule of the service was broken. */
const printWhatTheUserSees = (
  { rules, service }: DemoChat,
  { startedAtMs }: Played,
  text: string,
) => {
  const messages = rules.messages()
  const shown = messages.map((message) => message.text).join('')
  const first = service.calls.find(({ command }) => command === 'send_stream_msg')
  const closed = messages.every((message) => message.finished)
  const firstMs = (first?.appliedAtMs ?? 0) - startedAtMs
  console.log(`first text  after ${firstMs} ms (a call takes ${LATENCY_MS} ms there and back)`)
  console.log(
    `the user    sees ${shown.length} characters of ${text.length}, ${closed ? 'closed' : 'OPEN'}`,
  )
  // Fences around the end of a message are the only characters that are ever added.
  const whole = messages.length === 1 ? shown === text : shown.length >= text.length
  return whole && closed && rules.violations.length === 0
}

const runSimulated = async (options: DemoOptions): Promise<boolean> => {
  const [chat, table] = await Promise.all([startChat(growingText()), startTable()])
  try {
    console.log(
      dim('A simulated Tencent Chat and an embedded DynamoDB are up; the reply arrives:\n'),
    )
    const played = await play({ ...table.env, ...chat.env }, options)
    printReceipt(played)
    return printWhatTheUserSees(chat, played, options.text) && played.answer.statusCode === 200
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
    const played = await play({}, options)
    printReceipt(played)
    return played.answer.statusCode === 200
  } finally {
    await table.close()
  }
}

/** Creating a bot that is there already changes nothing. */
const createBot = async (userId: string): Promise<void> => {
  const [{ composeChat }, { composeSecrets }, { readConfig }] = await Promise.all([
    import('../../lib/compose/writer.ts'),
    import('../../lib/compose/secrets.ts'),
    import('../../lib/config.ts'),
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
