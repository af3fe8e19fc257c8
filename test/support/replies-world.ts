import { afterEach, expect } from 'vitest'
import {
  type Answer,
  apiToken,
  awsSecretKey,
  type Environment,
  type LocalCloudOptions,
  loadReplies,
  secretKey,
  startLocalCloud,
} from './local-cloud.ts'

export const bot = '@RBT#bot'
export const user = 'user01'

export interface RepliesWorldOptions extends LocalCloudOptions {
  /** Set beside the usual environment, or instead of it; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

const isSet = (entry: readonly [string, string | undefined]): entry is [string, string] =>
  entry[1] !== undefined

/**
 * Gives each test of a file the replies function in a fresh sandbox between a cloud of its own. When the test is over all
 * of that stops, and nothing that was answered or logged may show a credential.
 */
export const repliesWorlds = (secrets: readonly string[] = []) => {
  const endings: (() => Promise<void> | void)[] = []
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })

  return async ({ env: changes = {}, ...options }: RepliesWorldOptions = {}) => {
    const cloud = await startLocalCloud(options)
    endings.push(cloud.close)
    const env: Environment = Object.fromEntries(
      Object.entries({ ...cloud.env, ...changes }).filter(isSet),
    )
    const replies = await loadReplies(env)
    endings.push(() => {
      replies.release()
      replies.expectNothingLeaked([secretKey, apiToken, awsSecretKey, ...secrets])
    })
    const shown = () => cloud.chat.rules.messages().filter(({ from }) => from === bot)

    return {
      ...replies,
      chat: cloud.chat,
      sends: cloud.sends,
      /** The bot's messages. */
      shown,
      /** Their texts as one. */
      text: () =>
        shown()
          .map(({ text }) => text)
          .join(''),
      /** Each chunk of each message is there once, every message is closed, and no rule of the service was broken. */
      expectShown: (text: string, messages = 1) => {
        expect(shown().map(({ finished }) => finished)).toEqual(Array(messages).fill(true))
        expect(
          shown()
            .map(({ text: own }) => own)
            .join(''),
        ).toBe(text)
        expect(cloud.chat.rules.violations).toEqual([])
      },
      expectRefused: (answer: Answer, status: number) => {
        expect(answer).toMatchObject({
          status,
          body: {
            type: 'about:blank',
            status,
            title: expect.any(String),
            detail: expect.any(String),
          },
        })
        expect(answer.headers.get('content-type')).toBe('application/problem+json')
        expect(cloud.chat.calls).toEqual([])
      },
    }
  }
}
