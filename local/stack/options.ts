import { parseArgs } from 'node:util'
import { isPlainUrl, isReadable } from '../../lib/core/plain-url.ts'

export const USAGE = `npm start                   a chat with the bot, on this machine: http://127.0.0.1:3000
npm start -- --verbose      shows the log lines of the functions too
npm start -- --public URL   says what to paste into the Chat console, and whether that address leads here

PORT=3001                   another port
REPLY_SOURCE=openai         answers come from a model; needs OPENAI_MODEL, and OPENAI_BASE_URL or OPENAI_API_KEY
CHAT_SDK_APP_ID, CHAT_SECRET_KEY, CHAT_CALLBACK_TOKEN
                            all three: the functions talk to the real Tencent Chat of CHAT_REGION

Variables may stand in a file .env, too; .env.example describes each of them.`

/** The credentials of an application at the real service. */
const LIVE_VARIABLES = ['CHAT_SDK_APP_ID', 'CHAT_SECRET_KEY', 'CHAT_CALLBACK_TOKEN'] as const

type Environment = Readonly<Record<string, string | undefined>>

/** What `npm start` was asked for. */
export interface StackOptions {
  /** 0 takes any free one. */
  readonly port: number
  readonly verbose: boolean
  /** True: no simulator, the functions call the real service. */
  readonly live: boolean
  /** Where a tunnel lets others reach this machine: `https://host`. */
  readonly publicUrl?: string
  /** The caller's environment, out of which serverless.yml takes `${env:…}` and secrets come. */
  readonly env: Environment
}

/** Reads command line and environment. Throws an Error that says what is wrong and what to do. */
export const readStackOptions = (args: readonly string[], env: Environment): StackOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: { verbose: { type: 'boolean', default: false }, public: { type: 'string' } },
  })
  checkHttpSource(env)
  const [port, live] = [readPort(env['PORT']), isLive(env)]
  const publicUrl = values.public === undefined ? {} : { publicUrl: readPublicUrl(values.public) }
  if ('publicUrl' in publicUrl && !live) {
    const needed = LIVE_VARIABLES.join(', ')
    throw new Error(`--public is for callbacks of the real Tencent Chat: set ${needed}.`)
  }
  return { port, verbose: values.verbose, live, ...publicUrl, env }
}

const PUBLIC_RULE =
  '--public must be the address of a tunnel, such as https://name.trycloudflare.com, without path and query'
const PORT_RULE = '--public must have the port 80 or 443: Tencent posts callbacks to no other'

/** As Tencent takes it; on this machine any port will do. */
const readPublicUrl = (text: string): string => {
  const url = isPlainUrl(text) ? new URL(text) : undefined
  const isWrong = url === undefined || url.pathname !== '/' || url.hash !== '' || isReadable(text)
  if (isWrong) throw new Error(PUBLIC_RULE)
  if (url.protocol === 'https:' && url.port !== '' && url.port !== '80') throw new Error(PORT_RULE)
  return url.origin
}

const readPort = (text = ''): number => {
  if (text === '') return 3000
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new Error('PORT must be a whole number up to 65535, such as PORT=3001.')
}

/** In the cloud the secret may stand in Secrets Manager; here it comes from the environment or not at all. */
const checkHttpSource = (env: Environment): void => {
  if (env['REPLY_SOURCE'] !== 'http' || env['REPLIES_WEBHOOK_SECRET']) return
  throw new Error(
    'REPLIES_WEBHOOK_SECRET is missing: what turns are signed with, for REPLY_SOURCE=http. ' +
      '`npx tencent-chat-stream secrets` prints one.',
  )
}

const isLive = (env: Environment): boolean => {
  const missing = LIVE_VARIABLES.filter((name) => !env[name])
  if (missing.length === LIVE_VARIABLES.length) return false
  if (missing.length === 0) return true
  throw new Error(
    `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing: the real service needs all of ` +
      `${LIVE_VARIABLES.join(', ')}. Set them all, or none for the simulator.`,
  )
}
