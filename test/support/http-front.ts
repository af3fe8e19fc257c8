import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import type { GatewayHandler } from '../../lib/http/gateway.ts'
import { httpApiEvent } from './gateway-events.ts'
import { lambdaContext } from './local-cloud.ts'

/** A function behind HTTP, as API Gateway's HTTP API puts it there. */
export const startHttpFront = async (handler: GatewayHandler) => {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://front')
    const event = httpApiEvent({
      method: request.method ?? 'GET',
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      body: await readText(request),
    })
    const { statusCode, body } = await handler(event, lambdaContext(10_000))
    response.writeHead(statusCode, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
