import { request as forward, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { serveOn } from './serve-on.ts'

/** One request as it passed by. */
export interface RecordedRequest {
  /** The operation that `x-amz-target` names, without its service. */
  readonly operation: string
  /** The access key that it is signed with. */
  readonly accessKeyId: string
  readonly body: Readonly<Record<string, unknown>>
}

const recordOf = (headers: IncomingMessage['headers'], body: Buffer): RecordedRequest => ({
  operation: String(headers['x-amz-target']).replace(/^.*\./, ''),
  accessKeyId: /Credential=([^/]*)/.exec(headers.authorization ?? '')?.[1] ?? '',
  body: JSON.parse(body.toString()) as RecordedRequest['body'],
})

/** Stands on 127.0.0.1 before an AWS service and writes down what it is asked. */
export const startRecordingProxy = async (endpoint: string) => {
  const requests: RecordedRequest[] = []
  const { url, close } = await serveOn(async (asked, answer) => {
    const body = await buffer(asked)
    requests.push(recordOf(asked.headers, body))
    const { method, headers } = asked
    forward(endpoint, { ...(method && { method }), headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(answer)
    })
      .on('error', () => answer.destroy())
      .end(body)
  })
  return { endpoint: url, requests: requests as readonly RecordedRequest[], close }
}
