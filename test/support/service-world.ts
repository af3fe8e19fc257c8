import { expect } from 'vitest'
import { ageReply } from './aged-reply.ts'
import { captureOutput } from './captured-output.ts'
import {
  apiToken,
  awsSecretKey,
  expectNoneShown,
  freshReplies,
  freshSweeper,
  freshWorker,
  type LocalCloudOptions,
  lambdaContext,
  secretKey,
  startLocalCloud,
} from './local-cloud.ts'
import { startLocalQueue } from './local-queue.ts'
import { startRecordingProxy } from './recording-proxy.ts'
import { bot } from './replies-world.ts'
import { refusedByRoles } from './role-policy.ts'
import { carries } from './shown-text.ts'
import { type Changes, changed, endingsOfTests, tableOf } from './worlds.ts'

export interface ServiceWorldOptions extends LocalCloudOptions {
  readonly env?: Changes
}

/**
 * Gives each test of a file all functions, each in as many fresh sandboxes as it asks for, around one chat, table and queue.
 * When the test is over all of that stops; nothing that was answered or logged may show a credential, and no function may have
 * asked the table for what its role does not allow.
 */
export const serviceWorlds = () => {
  const endings = endingsOfTests()

  return async ({ env: changes = {}, ...options }: ServiceWorldOptions = {}) => {
    const cloud = await startLocalCloud(options)
    endings.push(cloud.close)
    const table = await startRecordingProxy(cloud.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '')
    endings.push(table.close)
    const queue = await startLocalQueue()
    endings.push(queue.close)
    const env = changed(
      { ...cloud.env, ...queue.env, AWS_ENDPOINT_URL_DYNAMODB: table.endpoint },
      changes,
    )

    const answers: string[] = []
    const output = captureOutput()
    endings.push(() => {
      output.release()
      expectNoneShown([...answers, ...output.lines()], [secretKey, apiToken, awsSecretKey])
      expect(refusedByRoles(table.requests)).toEqual([])
    })

    const { rules } = cloud.chat
    const shownTo = (user: string) =>
      rules.messages().filter(({ from, to }) => from === bot && to === user)
    const { call, table: tableName, store } = tableOf(env)
    return {
      env,
      chat: cloud.chat,
      sends: cloud.sends,
      table,
      queue,
      log: output.lines,
      endings,
      /** A store as one more process would have it. */
      store,
      /** Lets all that has happened to a reply lie so much longer in the past. */
      age: (replyId: string, seconds: number) =>
        ageReply(call, tableName, replyId, seconds * 1_000),
      /** The replies function in one more sandbox. */
      replies: (own: Changes = {}) =>
        freshReplies(changed(env, own), (answer) => answers.push(answer)),
      sweeper: (own: Changes = {}) => freshSweeper(changed(env, own)),
      /** Lets one worker empty the queue, each of its invocations with this much time. */
      drain: async (remainingMs = 300_000) =>
        queue.drain(await freshWorker(env), () => lambdaContext(remainingMs)),
      shownTo,
      textTo: (user: string) =>
        shownTo(user)
          .map(({ text }) => text)
          .join(''),
      /** The user sees exactly this text, fences at a rollover aside, in closed messages, and no rule of the service was broken. */
      expectShown: (user: string, text: string, messages = 1) => {
        const shown = shownTo(user)
        expect(shown.map(({ finished }) => finished)).toEqual(Array(messages).fill(true))
        const texts = shown.map((message) => message.text)
        if (!carries(texts, text)) expect(texts.join('')).toBe(text)
        expect(rules.violations).toEqual([])
      },
    }
  }
}

/** The replies function in a sandbox. */
export type Replies = Awaited<ReturnType<typeof freshReplies>>

interface Push {
  readonly seq: number
  readonly text: string
  readonly finish?: boolean
  readonly from?: string
  readonly to?: string
}

/** A way to push chunks to one reply through a sandbox. */
export const pushing =
  ({ post }: Replies, replyId = 'reply-1') =>
  (push: Push) =>
    post(push, { path: `/replies/${replyId}/chunks` })
