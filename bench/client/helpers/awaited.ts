import type { Helper } from '../job.ts'
import { sendChunk } from '../send-chunk.ts'

/** One awaited call a token; the last token closes. */
export const helper: Helper = async (url) => async (to) => async (deltas) => {
  let key: { readonly MsgKey?: string } = {}
  let last = ''
  for await (const delta of deltas) {
    if (last !== '') key = { MsgKey: await sendChunk(url, { To_Account: to, Chunk: last, ...key }) }
    last = delta
  }
  await sendChunk(url, { To_Account: to, Chunk: last, Finish: 1, ...key })
}
