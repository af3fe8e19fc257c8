import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { startLocalCloud } from '../cloud/cloud.ts'
import { urlOf } from '../cloud/guarded-server.ts'
import { listen } from '../cloud/listen.ts'
import { openPage } from '../page-server/open-page.ts'
import { startPageWorld } from '../page-server/page-world.ts'
import { readStoredReplies } from '../page-server/stored-replies.ts'
import { CALLBACK_PATH } from '../page-server/webhook-caller.ts'
import { type Builds, builds, warmUp } from './builds.ts'
import { checkApplication } from './check-application.ts'
import { compileFunctions } from './compile.ts'
import { tellFailures } from './failed-replies.ts'
import { functionOutput } from './function-output.ts'
import { gateway, sendMessage } from './gateway.ts'
import { type LocalFunctions, localFunctions } from './local-functions.ts'
import type { StackOptions } from './options.ts'
import { watchSources } from './reload.ts'
import { sourceHint } from './source-hint.ts'
import { type StackPart, stackParts } from './stack-parts.ts'
import { type TunnelCheck, tunnelCheck } from './tunnel-check.ts'
import { turnWatch } from './turn-watch.ts'

/** Everything that runs, and where. */
export interface Stack {
  /** Of the page and the HTTP API: `http://127.0.0.1:<port>`. */
  readonly url: string
  readonly parts: readonly StackPart[]
  readonly tunnel: Pick<TunnelCheck, 'reach'>
  /** Ends every process and server. */
  close(): Promise<void>
}

/** The token of the replies API where the caller names none: enough where nothing real can be reached with it. */
const LOCAL_TOKEN = 'token-of-the-local-stack'

type Closing = () => void | Promise<void>
type Handle = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean

/**
 * Starts the service that serverless.yml in `directory` describes, with all that it needs, on 127.0.0.1. Rejects with what to
 * mend when a port is taken or a function does not load; nothing is left running then.
 */
export const startStack = async (directory: string, options: StackOptions): Promise<Stack> => {
  const closings: Closing[] = []
  const close = async (): Promise<void> => {
    for (const closing of closings.splice(0).reverse()) await closing()
  }
  try {
    return { ...(await start(directory, options, (closing) => closings.push(closing))), close }
  } catch (error) {
    await close()
    throw error
  }
}

const start = async (
  directory: string,
  { port, verbose, live, env }: StackOptions,
  atEnd: (closing: Closing) => void,
): Promise<Omit<Stack, 'close'>> => {
  const region = env['CHAT_REGION'] || 'singapore'
  const handlers: Handle[] = []
  const server = await listen(port, serveFirst(handlers), {
    // Tencent's callbacks come through a tunnel, and are signed.
    isPublic: (pathname) => live && pathname === CALLBACK_PATH,
  })
  atEnd(server.close)
  const url = `http://127.0.0.1:${server.port}`

  const running: { functions?: LocalFunctions } = {}
  const world = await startPageWorld({
    live,
    env,
    // Users of a real application get no recorded answers that nobody asked for.
    ownSource: env['REPLY_SOURCE'] || (live ? 'echo' : undefined),
    sourceChanged: () => renewAll(running.functions, made),
    killWorkers: () => killWorkers(running.functions),
  })
  atEnd(world.close)
  const { chat, switches, bell, model } = world
  const ownToken = env['REPLIES_API_TOKEN']
  const token = ownToken || (live ? randomUUID() : LOCAL_TOKEN)
  const cloud = await startLocalCloud(directory, {
    ...env,
    ...(chat && { ...chat.credentials, CHAT_ENDPOINT: chat.url }),
    REPLIES_API_TOKEN: token,
  })
  atEnd(cloud.close)
  const bots = live ? await checkApplication(env, cloud) : undefined

  const made = builds(directory, sayToDeveloper, bell.ring)
  const turns = turnWatch(bell.ring)
  const output = functionOutput(verbose, bell.ring)
  const table = [...cloud.tables.tables.values()][0] ?? ''
  output.onFailedReply(tellFailures(() => readStoredReplies(cloud.tables.call, table), output.note))
  const functions = localFunctions({
    directory,
    service: () => cloud.readService(switches.sourceEnv()),
    resources: cloud.resources,
    sqs: cloud.sqs,
    runtime: cloud.runtime,
    print: output.print,
    turns,
    builds: made,
    timeoutMs: (name) => (name === 'replies' ? switches.faults().repliesTimeoutMs : undefined),
    sourcesFound: (names) => {
      switches.setSources(names)
      bell.ring()
    },
  })
  running.functions = functions
  atEnd(functions.close)
  await startAll(directory, functions, env)
  atEnd(runTriggers(directory, functions, made))

  const page = openPage({
    world,
    output,
    builds: made,
    turns,
    call: cloud.tables.call,
    table,
    origin: url,
    token: token.split(',')[0] ?? '',
    region,
  })
  atEnd(page.close)
  const tunnel = tunnelCheck()
  handlers.push(tunnel.handle, gateway(functions.routes), page.handle)
  return {
    url,
    tunnel,
    parts: stackParts({
      url,
      cloud,
      chat: chatPart(chat?.url ?? (env['CHAT_ENDPOINT'] || region), bots),
      simulated: chat !== undefined,
      modelUrl: model.url,
      authorization: `Authorization: Bearer ${ownToken ? '$REPLIES_API_TOKEN' : token}`,
    }),
  }
}

/** `bots` of the real service; absent where it is simulated. */
const chatPart = (where: string, bots: readonly string[] | undefined) => {
  if (bots === undefined) return { where, remark: 'Tencent Chat, simulated' }
  const names = bots.length === 0 ? 'the application has no bot yet' : bots.join(', ')
  return { where, remark: `Tencent Chat itself; ${names}` }
}

const serveFirst =
  (handlers: readonly Handle[]) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const url = urlOf(request)
    if (url !== undefined && handlers.some((handle) => handle(request, response, url))) return
    sendMessage(response, 404, 'Not Found')
  }

const startAll = async (
  directory: string,
  functions: LocalFunctions,
  env: StackOptions['env'],
): Promise<void> => {
  const problems = await warmUp(functions)
  if (problems.length === 0) return
  const compiled = await compileFunctions(directory, functions.entries)
  for (const one of compiled.values()) {
    if (!one.ok) throw new Error([one.error.sentence, one.error.frame ?? ''].join('\n').trim())
  }
  const hint = sourceHint(env['REPLY_SOURCE'], problems)
  throw new Error([...problems, ...(hint === undefined ? [] : [hint])].join('\n'))
}

const renewAll = async (functions: LocalFunctions | undefined, made: Builds): Promise<void> => {
  functions?.renew()
  if (functions !== undefined) await made.check(functions)
}

const killWorkers = (functions: LocalFunctions | undefined): void => {
  for (const pool of functions?.pools ?? []) if (pool.name === 'worker') pool.killAtWork()
}

const sayToDeveloper = (sentence: string, frame?: string): void =>
  console.error(frame === undefined ? sentence : `${sentence}\n${frame}`)

const runTriggers = (directory: string, functions: LocalFunctions, made: Builds): Closing => {
  const stopped = new AbortController()
  functions.runTriggers(stopped.signal)
  watchSources(
    directory,
    ['handlers', 'lib'],
    (files) => void made.renew(functions, files),
    stopped.signal,
  )
  return async () => {
    stopped.abort()
    await made.close()
  }
}
