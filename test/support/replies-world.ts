import { expect } from 'vitest'
import {
  type Answer,
  apiToken,
  awsSecretKey,
  type LocalCloudOptions,
  loadReplies,
  secretKey,
  startLocalCloud,
} from './local-cloud.ts'
import { type Changes, changed, endingsOfTests } from './worlds.ts'

export const bot = '@RBT#bot'
export const user = 'user01'

export interface RepliesWorldOptions extends LocalCloudOptions {
  readonly env?: Changes
}

/**
 * Gives each test of a file the replies function in a fresh sandbox between a cloud of its own. When the test is over all
 * of that stops, and nothing that was answered or logged may show a credential.
 */
export const repliesWorlds = (secrets: readonly string[] = []) => {
  const endings = endingsOfTests()

  return async ({ env: changes = {}, ...options }: RepliesWorldOptions = {}) => {
    const cloud = await startLocalCloud(options)
    endings.push(cloud.close)
    const replies = await loadReplies(changed(cloud.env, changes))
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
