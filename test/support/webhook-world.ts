import type { SQSRecord } from 'aws-lambda'
import { expect } from 'vitest'
import type { GatewayEvent } from '../../lib/http/gateway.ts'
import { type CallbackChanges, callbackRequest, callbackToken, SDK_APP_ID } from './callbacks.ts'
import { captureOutput } from './captured-output.ts'
import { type EventOf, httpApiEvent } from './gateway-events.ts'
import {
  awsSecretKey,
  expectNoneShown,
  freshWebhook,
  lambdaContext,
  startLocalCloud,
} from './local-cloud.ts'
import { startLocalQueue } from './local-queue.ts'
import { startRecordingProxy } from './recording-proxy.ts'
import { refusedByRoles } from './role-policy.ts'
import { type Changes, changed, endingsOfTests, tableOf } from './worlds.ts'

export const accepted = {
  status: 200,
  body: { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 },
} as const

/** What stands in the queue of one message. */
export interface Enqueued {
  readonly body: unknown
  readonly group: string | undefined
  readonly name: string | undefined
}

/**
 * Gives each test of a file the webhook function in a fresh sandbox between a table and a queue of its own. When the test is
 * over all of that stops; nothing that was answered or logged may show one of `secrets`, and the webhook may not have asked the
 * table for what its role does not allow.
 */
export const webhookWorlds = (secrets: readonly string[] = []) => {
  const endings = endingsOfTests()

  return async (changes: Changes = {}) => {
    const cloud = await startLocalCloud()
    endings.push(cloud.close)
    const queue = await startLocalQueue()
    endings.push(queue.close)
    const table = await startRecordingProxy(cloud.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '')
    endings.push(table.close)
    endings.push(() => expect(refusedByRoles(table.requests)).toEqual([]))
    const own = {
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
      CHAT_SDK_APP_ID: String(SDK_APP_ID),
      CHAT_CALLBACK_TOKEN: callbackToken,
    }
    const env = changed({ ...cloud.env, ...queue.env, ...own }, changes)
    const output = captureOutput()
    const answers: string[] = []
    endings.push(() => {
      output.release()
      expectNoneShown([...answers, ...output.lines()], [callbackToken, awsSecretKey, ...secrets])
    })
    const handler = await freshWebhook(env)

    const invoke = async (event: unknown) => {
      // What arrives is not what the types say.
      const { statusCode, headers, body } = await handler(event as GatewayEvent, lambdaContext())
      answers.push(JSON.stringify({ headers, body }))
      return { status: statusCode, headers, body: JSON.parse(body) as unknown }
    }
    return {
      invoke,
      /** Delivers a callback, a genuine one where nothing is changed. */
      call: (changed: CallbackChanges = {}, eventOf: EventOf = httpApiEvent) =>
        invoke(eventOf(callbackRequest(changed))),
      /** Takes everything out of the queue. */
      enqueued: async (): Promise<readonly Enqueued[]> => {
        const records: SQSRecord[] = []
        await queue.drain(async ({ Records }) => {
          records.push(...Records)
          return { batchItemFailures: [] }
        }, lambdaContext)
        return records.map(({ body, attributes }) => ({
          body: JSON.parse(body),
          group: attributes.MessageGroupId,
          name: attributes.MessageDeduplicationId,
        }))
      },
      waiting: queue.waiting,
      /** The table's replies, as the functions that write them see them. */
      store: tableOf(cloud.env).store,
      /** The log so far, one entry for each line. */
      log: () =>
        output
          .lines()
          .map((line) => JSON.parse(line) as { readonly message: string })
          // Metrics are lines of the log, too.
          .filter((line) => !('_aws' in line)),
    }
  }
}

/** What whoever is not Tencent hears: one sentence, and nothing of what is set up here. */
export const notTaken = /^this is not a callback that is taken here$/

/** An answer that says what is wrong, in the form that Tencent knows. */
export const refusal = (status: number, says: RegExp) => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: { ActionStatus: 'FAIL', ErrorInfo: expect.stringMatching(says), ErrorCode: 1 },
})
