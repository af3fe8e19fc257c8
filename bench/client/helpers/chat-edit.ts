import { Agent } from 'node:http'
import { createMemoryState } from '@chat-adapter/state-memory'
import { type PostedMessage, ThreadImpl } from 'chat'
import fetch from 'node-fetch'
import type { Helper } from '../job.ts'

const agent = new Agent({ keepAlive: true })

/** The Chat SDK's post-and-edit, for platforms that cannot stream, every 500 ms; a thin adapter stands for the platform's. */
export const helper: Helper = async (url) => async (conversation) => async (deltas) => {
  const send = async (threadId: string, message: PostedMessage) => {
    const text = typeof message === 'string' ? message : message.markdown
    const response = await fetch(`${url}/edit/message`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ conversation, text }),
      agent,
    })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return { id: 'edited', threadId, raw: {} }
  }
  const adapter = {
    name: 'thin',
    postMessage: send,
    editMessage: (threadId: string, _: string, message: PostedMessage) => send(threadId, message),
  }
  const thread = new ThreadImpl({
    id: `thin:${conversation}:1`,
    channelId: `thin:${conversation}`,
    isDM: true,
    adapter,
    stateAdapter: createMemoryState(),
    fallbackStreamingPlaceholderText: null,
  })
  await thread.post(deltas)
}
