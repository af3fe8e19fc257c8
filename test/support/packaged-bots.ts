import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import type { SQSBatchResponse } from 'aws-lambda'
import { startTraceModel } from '../../local/model/server.ts'
import { callbackQuery, callbackToken, messageBody } from './callbacks.ts'
import { startHttpFront } from './http-front.ts'
import { modelKey } from './known-secrets.ts'
import { lambdaContext } from './local-cloud.ts'
import { bundleFunction, startFunction } from './packaged-service.ts'
import { serveOn } from './serve-on.ts'
import { type ServiceWorldOptions, serviceWorlds } from './service-world.ts'

export const [echoBot, modelBot, httpBot] = ['@RBT#echo', '@RBT#model', '@RBT#http'] as const
export type BotName = typeof echoBot | typeof modelBot | typeof httpBot

/** What the bot of the http source says it was asked. */
export const heard = (turn: { readonly text?: string; readonly attachments?: unknown }): string =>
  `Heard ${JSON.stringify([turn.text, turn.attachments ?? []])}.`

const botsFile = (modelUrl: string, sourceUrl: string): string => `bots:
  "${echoBot}":
    REPLY_SOURCE: echo
    GREETING: Hello from echo.
  "${modelBot}":
    REPLY_SOURCE: openai
    OPENAI_BASE_URL: ${modelUrl}
    OPENAI_MODEL: trace
    OPENAI_API_KEY: ${modelKey}
    SYSTEM_PROMPT: ${JSON.stringify('You sell tea. '.repeat(8_000))}
    USER_TURNS_PER_MINUTE: 5
  "${httpBot}":
    REPLY_SOURCE: http
    REPLY_SOURCE_URL: ${sourceUrl}
    NOTICE_UNREADABLE: Please write a text.
`

/**
 * Gives each test of a file three bots of three sources, as a `bots.yml` says, behind a packaged webhook and a packaged worker,
 * each in a process of its own. All of it stops when the test is over.
 */
export const packagedBots = () => {
  const startService = serviceWorlds()

  return async (options: ServiceWorldOptions = {}) => {
    const model = await startTraceModel()
    const source = await serveOn(async (request, response) => {
      const turn = JSON.parse(await readText(request))
      response.writeHead(200, { 'content-type': 'text/plain' }).end(heard(turn))
    })
    const service = await startService({
      ...options,
      env: {
        CHAT_CALLBACK_TOKEN: callbackToken,
        REPLIES_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
        ...options.env,
      },
    })
    const { endings, queue, env, chat } = service
    const directory = mkdtempSync(join(tmpdir(), 'bots-'))
    writeFileSync(join(directory, 'bots.yml'), botsFile(model.url, source.url))
    const bundles = await Promise.all([
      bundleFunction('webhook', directory),
      bundleFunction('worker', directory),
    ])
    const [webhook, worker] = bundles.map(({ handlerPath }) => startFunction(handlerPath, env))
    if (webhook === undefined || worker === undefined) throw new Error('no functions')
    const front = await startHttpFront((event) => webhook.invoke(event))
    const handler = (event: object) => worker.invoke<SQSBatchResponse>(event)
    const poller = queue.poll({ handler, newContext: () => lambdaContext(300_000) })
    endings.push(poller.stop, front.close, webhook.stop, worker.stop, model.close, source.close)
    endings.push(async () => {
      for (const { remove } of bundles) remove()
      rmSync(directory, { recursive: true })
    })

    let messages = 0
    return {
      ...service,
      model,
      /** A user sends elements to a bot; resolves with the webhook's status. */
      send: async (to: BotName, user: string, elements: readonly object[], more: object = {}) => {
        messages += 1
        const atMs = Date.now()
        const seconds = Math.floor(atMs / 1_000)
        const body = messageBody({
          From_Account: user,
          To_Account: to,
          MsgSeq: messages,
          MsgTime: seconds,
          MsgKey: `${messages}_7_${seconds}`,
          MsgBody: elements,
          EventTime: atMs,
          CloudCustomData: '',
          ...more,
        })
        const { status } = await fetch(
          `${front.url}/webhooks/chat?${new URLSearchParams(callbackQuery())}`,
          {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          },
        )
        return status
      },
      /** The finished messages of a bot to a user. */
      finished: (from: BotName, user: string): readonly string[] =>
        chat.rules
          .messages()
          .filter((one) => one.from === from && one.to === user && one.finished)
          .map(({ text }) => text),
    }
  }
}
