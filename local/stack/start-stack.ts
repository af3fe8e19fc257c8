import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startLocalCloud } from '../cloud/cloud.ts'
import { urlOf } from '../cloud/guarded-server.ts'
import { listen } from '../cloud/listen.ts'
import { openPage } from '../page-server/open-page.ts'
import { startPageWorld } from '../page-server/page-world.ts'
import { CALLBACK_PATH } from '../page-server/webhook-caller.ts'
import { checkApplication } from './check-application.ts'
import { functionOutput } from './function-output.ts'
import { gateway, sendMessage } from './gateway.ts'
import { type LocalFunctions, localFunctions } from './local-functions.ts'
import type { StackOptions } from './options.ts'
import { watchSources } from './reload.ts'
import { type StackPart, stackParts } from './stack-parts.ts'

/** Everything that runs, and where. */
export interface Stack {
  /** Of the page and the HTTP API: `http://127.0.0.1:<port>`. */
  readonly url: string
  readonly parts: readonly StackPart[]
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
    // Users of a real application get no recorded answers that nobody asked for.
    ownSource: env['REPLY_SOURCE'] || (live ? 'echo' : undefined),
    sourceChanged: () => running.functions?.renew(),
  })
  atEnd(world.close)
  const { chat, switches, bell, model } = world
  const ownToken = env['REPLIES_API_TOKEN']
  const localToken = live ? randomUUID() : LOCAL_TOKEN
  const cloud = await startLocalCloud(directory, {
    ...env,
    ...(chat && { ...chat.credentials, CHAT_ENDPOINT: chat.url }),
    REPLIES_API_TOKEN: ownToken || localToken,
  })
  atEnd(cloud.close)
  const bots = live ? await checkApplication(env, cloud) : undefined

  const output = functionOutput(verbose, bell.ring)
  const functions = localFunctions({
    directory,
    service: () => cloud.readService(switches.sourceEnv()),
    resources: cloud.resources,
    sqs: cloud.sqs,
    runtime: cloud.runtime,
    print: output.print,
  })
  running.functions = functions
  atEnd(functions.close)
  await warmUp(functions)
  atEnd(runTriggers(directory, functions))

  const page = openPage({
    world,
    output,
    call: cloud.tables.call,
    table: [...cloud.tables.tables.values()][0] ?? '',
    origin: url,
    region,
  })
  atEnd(page.close)
  handlers.push(gateway(functions.routes), page.handle)
  const where = chat?.url ?? (env['CHAT_ENDPOINT'] || region)
  const remark = bots === undefined ? 'Tencent Chat, simulated' : realChat(bots)
  return {
    url,
    parts: stackParts({
      url,
      cloud,
      chat: { where, remark },
      simulated: chat !== undefined,
      modelUrl: model.url,
      authorization: `Authorization: Bearer ${ownToken ? '$REPLIES_API_TOKEN' : localToken}`,
    }),
  }
}

const realChat = (bots: readonly string[]): string =>
  `Tencent Chat itself; ${bots.length === 0 ? 'the application has no bot yet' : bots.join(', ')}`

const serveFirst =
  (handlers: readonly Handle[]) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const url = urlOf(request)
    if (url !== undefined && handlers.some((handle) => handle(request, response, url))) return
    sendMessage(response, 404, 'Not Found')
  }

const warmUp = async ({ pools }: LocalFunctions): Promise<void> => {
  const started = await Promise.all(
    pools.map(async (pool) => ({ name: pool.name, result: await pool.warmUp() })),
  )
  const failed = started.flatMap(({ name, result }) =>
    result.ok ? [] : [`the function ${name} does not load: ${result.error.detail}`],
  )
  if (failed.length > 0) throw new Error(failed.join('\n'))
}

const runTriggers = (directory: string, functions: LocalFunctions): Closing => {
  const stopped = new AbortController()
  functions.runTriggers(stopped.signal)
  const sources = ['handlers', 'lib'].map((name) => pathToFileURL(join(directory, name)))
  watchSources(sources, functions.renew, stopped.signal)
  return () => stopped.abort()
}
