import { text as readText } from 'node:stream/consumers'
import type { GatewayHandler } from '../../lib/http/gateway.ts'
import { httpApiEvent } from './gateway-events.ts'
import { lambdaContext } from './local-cloud.ts'
import { serveOn } from './serve-on.ts'

/** A function behind HTTP, as API Gateway's HTTP API puts it there. */
export const startHttpFront = (handler: GatewayHandler) =>
  serveOn(async (request, response) => {
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
