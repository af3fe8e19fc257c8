import fetch from 'node-fetch'
import type { CallbackRequest } from '../simulator/callbacks.ts'

/** Where Tencent's callbacks arrive. */
export const CALLBACK_PATH = '/webhooks/chat'

/** As long as Tencent waits for an answer. */
const PATIENCE_MS = 2_000

/**
 * Posts callbacks as Tencent does. Rejects with a sentence for the developer when the answer is not the one that Tencent
 * expects, or comes too late; whatever the webhook did then stays done.
 */
export const webhookCaller =
  (origin: string) =>
  async ({ query, body }: CallbackRequest): Promise<void> => {
    const response = await fetch(`${origin}${CALLBACK_PATH}?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch(() => undefined)
    if (response === undefined) throw new Error('The webhook did not answer within two seconds.')
    if (response.status !== 200) {
      throw new Error(`The webhook answered HTTP ${response.status} to the callback.`)
    }
    await response.arrayBuffer()
  }
