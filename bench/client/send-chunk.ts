import { Agent } from 'node:http'
import fetch from 'node-fetch'

const agent = new Agent({ keepAlive: true })

/** A bare call of `send_stream_msg`: one `node-fetch` on a kept connection. The message's key; rejects on any refusal. */
export const sendChunk = async (url: string, body: object): Promise<string> => {
  const response = await fetch(`${url}/v4/openim_robot_http_svc/send_stream_msg?random=1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ From_Account: '@RBT#bot', ...body }),
    agent,
  })
  const answer = (await response.json()) as { readonly ErrorCode: number; readonly MsgKey: string }
  if (answer.ErrorCode !== 0) throw new Error(`ErrorCode ${answer.ErrorCode}`)
  return answer.MsgKey
}
