import { createSlackAdapter } from '@chat-adapter/slack'
import { createMemoryState } from '@chat-adapter/state-memory'
import { ConsoleLogger, ThreadImpl } from 'chat'
import type { Helper } from '../job.ts'

/** The Chat SDK's Slack stream: its Slack adapter with native streaming, in a direct message. */
export const helper: Helper = async (url) => async (conversation) => async (deltas) => {
  const adapter = createSlackAdapter({
    botToken: 'xoxb-bench',
    signingSecret: 'bench',
    apiUrl: `${url}/slack/`,
    logger: new ConsoleLogger('silent'),
    webClientOptions: { logLevel: 'error' },
  })
  const thread = new ThreadImpl({
    id: `slack:D${conversation}:1700000000.000100`,
    channelId: `slack:D${conversation}`,
    isDM: true,
    adapter,
    stateAdapter: createMemoryState(),
  })
  await thread.post(deltas)
}
