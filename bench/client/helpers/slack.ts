import { WebClient } from '@slack/web-api'
import type { Helper } from '../job.ts'

/** `ChatStreamer`, used as its documentation shows: each token appended and awaited, then stopped. */
export const helper: Helper =
  async (url, { bufferChars = 256 }) =>
  async (conversation) =>
  async (deltas) => {
    const client = new WebClient('xoxb-bench', { slackApiUrl: `${url}/slack/`, logLevel: 'error' })
    const streamer = client.chatStream({
      channel: `D${conversation}`,
      thread_ts: '1700000000.000100',
      buffer_size: bufferChars,
    })
    for await (const delta of deltas) await streamer.append({ markdown_text: delta })
    await streamer.stop()
  }
