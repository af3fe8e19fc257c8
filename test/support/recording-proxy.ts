import { createServer, request as forward, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

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
  const server = createServer(async (asked, answer) => {
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests: requests as readonly RecordedRequest[],
    close: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
