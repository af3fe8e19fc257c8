import { startTraceModel, type TraceModel } from '../../local/model/server.ts'
import { callbackQuery, callbackToken, interruptBody, messageBody } from './callbacks.ts'
import { startHttpFront } from './http-front.ts'
import { modelKey, usualQuestion } from './known-secrets.ts'
import { freshWebhook, freshWorker, lambdaContext } from './local-cloud.ts'
import type { PollOptions, QueueHandler } from './queue-poller.ts'
import { bot } from './replies-world.ts'
import { type ServiceWorldOptions, serviceWorlds } from './service-world.ts'
import { readTrace } from './texts.ts'

type TurnWorldOptions = ServiceWorldOptions & {
  /** Workers at once, each a sandbox of its own; none where the test polls by itself. */
  readonly workers?: number
  readonly model?: Parameters<TraceModel['set']>[0]
}

/** One user's message to the bot, as Tencent posts it. `n` tells the messages of a user apart. */
const messageOf = (user: string, text: string, n: number) => {
  const atMs = Date.now()
  const seconds = Math.floor(atMs / 1_000)
  return messageBody({
    From_Account: user,
    To_Account: bot,
    MsgSeq: n,
    MsgTime: seconds,
    MsgKey: `${n}_${[...user].reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) % 1e9, 7)}_${seconds}`,
    MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: text } }],
    EventTime: atMs,
    CloudCustomData: '',
  })
}

/** As many sandboxes as run at once; an idle one is used again. */
const sandboxPool = (start: () => Promise<QueueHandler>): QueueHandler => {
  const idle: QueueHandler[] = []
  return async (event, context) => {
    const sandbox = idle.pop() ?? (await start())
    try {
      return await sandbox(event, context)
    } finally {
      idle.push(sandbox)
    }
  }
}

/**
 * Gives each test of a file everything between a user's message and its answer, over HTTP: the webhook behind a gateway, the
 * queue, workers, a model that streams a trace, and the service. All of it stops when the test is over.
 */
export const turnWorlds = () => {
  const startService = serviceWorlds()

  return async ({ workers = 1, model: says, ...options }: TurnWorldOptions = {}) => {
    const model = await startTraceModel({ tokens: readTrace('english-60'), ...says })
    const service = await startService({
      ...options,
      env: {
        CHAT_CALLBACK_TOKEN: callbackToken,
        REPLY_SOURCE: 'openai',
        OPENAI_BASE_URL: model.url,
        OPENAI_API_KEY: modelKey,
        OPENAI_MODEL: 'trace',
        HISTORY_TURNS: '0',
        ...options.env,
      },
    })
    service.endings.push(model.close)
    const front = await startHttpFront(await freshWebhook(service.env))
    service.endings.push(front.close)

    const poll = (own: Partial<PollOptions> = {}) => {
      const handler = sandboxPool(() => freshWorker(service.env))
      const newContext = () => lambdaContext(300_000)
      const poller = service.queue.poll({ handler, newContext, ...own })
      service.endings.push(poller.stop)
      return poller
    }
    if (workers > 0) poll({ concurrency: workers })

    const latenciesMs: number[] = []
    const post = async (body: object, command = 'Bot.OnC2CMessage'): Promise<number> => {
      const query = new URLSearchParams(callbackQuery({ query: { CallbackCommand: command } }))
      const startMs = performance.now()
      const answer = await fetch(`${front.url}/webhooks/chat?${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      await answer.text()
      latenciesMs.push(performance.now() - startMs)
      return answer.status
    }
    const shown = (user: string) => service.shownTo(user)
    return {
      ...service,
      model,
      poll,
      post,
      messageOf,
      /** The user writes to the bot. */
      say: (user: string, text = usualQuestion, n = 1) => post(messageOf(user, text, n)),
      /** The user presses Stop at their newest message of the bot. */
      pressStop: (user: string) => {
        const msgKey = shown(user).at(-1)?.msgKey ?? ''
        const sent = { chatbotPlugin: 2, src: 22, msgKey }
        return post(interruptBody(sent, { From_Account: user, To_Account: bot }))
      },
      /** How long the webhook took for each callback so far, in ms. */
      latenciesMs,
    }
  }
}
