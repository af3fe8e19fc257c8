import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'

/** Secrets Manager and SSM on this machine, in one. */
export interface LocalSecrets {
  readonly endpoint: string
  /** The bodies of the requests so far. */
  readonly asked: readonly unknown[]
  close(): Promise<void>
}

/** Starts them on the loopback interface, on a free port unless one is given; every secret and every parameter has this content. */
export const startLocalSecrets = async (content: string, port = 0): Promise<LocalSecrets> => {
  const asked: unknown[] = []
  const server = createServer(async (request, response) => {
    asked.push(JSON.parse(await readText(request)))
    const isSsm = String(request.headers['x-amz-target']).startsWith('AmazonSSM.')
    const answer = isSsm ? { Parameter: { Value: content } } : { SecretString: content }
    response.end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: bound } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
