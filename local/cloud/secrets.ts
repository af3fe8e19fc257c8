import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Secrets Manager and SSM on this machine, in one. */
export interface LocalSecrets {
  readonly endpoint: string
  close(): Promise<void>
}

/** Starts them on the loopback interface; every secret and every parameter has this content. */
export const startLocalSecrets = async (
  content: Readonly<Record<string, string>>,
): Promise<LocalSecrets> => {
  const text = JSON.stringify(content)
  const server = createServer((request, response) => {
    const isSsm = String(request.headers['x-amz-target']).startsWith('AmazonSSM.')
    const answer = isSsm ? { Parameter: { Value: text } } : { SecretString: text }
    request.resume().on('end', () => response.end(JSON.stringify(answer)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
