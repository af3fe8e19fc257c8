import { parseArgs } from 'node:util'

/** How to call the doctor, for whoever called it wrongly. */
export const USAGE = `npm run doctor                             looks at the application that the environment names
npm run doctor -- --to USER                asks the service how it behaves, with messages to a test user
  --bot @RBT#NAME                          the bot that sends (default: the only one there is)
  --native                                 asks how native streams behave, too (20 s more)
  --group GROUPID                          asks how this group is written to, with one message
  --create-robot                           creates that bot where it is missing
  --callback-url https://…/webhooks/chat   posts a callback there, and a forged one
  --yes                                    sends the messages without asking first
  --json                                   prints the findings as JSON
  --help                                   prints this
The environment is that of the functions: CHAT_SDK_APP_ID, CHAT_SECRET_KEY or SECRETS_NAME,
CHAT_ADMIN, CHAT_REGION; CHAT_CALLBACK_TOKEN for --callback-url.`

/** What the doctor is asked to do. */
export interface DoctorOptions {
  readonly bot?: string
  /** Absent: no messages are sent. */
  readonly to?: string
  /** Asks how native streams behave, with messages to `to`. */
  readonly native?: boolean
  /** A group that one message is written to. */
  readonly group?: string
  readonly callbackUrl?: string
  readonly createRobot: boolean
  readonly yes: boolean
  readonly json: boolean
  /** Nothing else is done then. */
  readonly help?: boolean
}

/** Reads the command line. Throws an Error that says what is wrong with it. */
export const readDoctorOptions = (args: readonly string[]): DoctorOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      bot: { type: 'string' },
      to: { type: 'string' },
      native: { type: 'boolean', default: false },
      group: { type: 'string' },
      'callback-url': { type: 'string' },
      'create-robot': { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const {
    bot,
    to,
    group,
    native,
    'callback-url': callbackUrl,
    'create-robot': createRobot,
    ...switches
  } = values
  if (bot !== undefined) checkBot(bot)
  if (to !== undefined) checkUser(to)
  if (callbackUrl !== undefined) checkUrl(callbackUrl)
  checkPlaces({ to, native, group })
  if (createRobot && bot === undefined) throw new Error('--create-robot needs --bot @RBT#NAME')
  return {
    ...(bot !== undefined && { bot }),
    ...(to !== undefined && { to }),
    ...(native && { native }),
    ...(group !== undefined && { group }),
    ...(callbackUrl !== undefined && { callbackUrl }),
    createRobot,
    ...switches,
  }
}

const checkPlaces = ({
  to,
  native,
  group,
}: {
  readonly to: string | undefined
  readonly native: boolean
  readonly group: string | undefined
}): void => {
  if (native && to === undefined) throw new Error('--native needs --to USER')
  if (group === '') throw new Error('--group must be a GroupID')
}

const checkBot = (bot: string): void => {
  if (!/^@RBT#./.test(bot) || Buffer.byteLength(bot) > 32) {
    throw new Error('--bot must begin with @RBT# and have at most 32 bytes')
  }
}

const checkUser = (to: string): void => {
  if (to === '' || Buffer.byteLength(to) > 32) {
    throw new Error('--to must be a UserID of at most 32 bytes')
  }
  if (to.startsWith('@RBT#')) throw new Error('--to must be a user, not a bot')
}

const checkUrl = (text: string): void => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '') {
    throw new Error('--callback-url must be a URL such as https://example.com/webhooks/chat')
  }
  if (url.search !== '') throw new Error('--callback-url must have no query: Tencent adds its own')
}
