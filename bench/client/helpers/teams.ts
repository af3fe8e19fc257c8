import { Client } from '@microsoft/teams.api'
import { HttpStream } from '@microsoft/teams.apps/dist/http/http-stream.js'
import type { Helper } from '../job.ts'

const silent = {
  child: () => silent,
  error() {},
  warn() {},
  info() {},
  debug() {},
  trace() {},
  log() {},
}

/** The Teams SDK's `HttpStream`: typing activities that carry the whole text, then a message. */
export const helper: Helper = async (url) => async (conversation) => async (deltas) => {
  const stream = new HttpStream(
    new Client(`${url}/teams`),
    { bot: { id: 'bot' }, conversation: { id: conversation }, activityId: '1' },
    silent,
  )
  for await (const delta of deltas) stream.emit(delta)
  await stream.close()
}
