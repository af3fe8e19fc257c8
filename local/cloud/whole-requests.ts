import { EventEmitter } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { type Fields, isObject, parsedJson } from '../../lib/core/json.ts'

/**
 * Lets a server that somebody else made see whole requests whose body is a JSON object, and nothing else: one that breaks off, or
 * makes no sense to it, would end this process with whatever else runs here.
 */
export const wholeRequests = (server: Server): Server => {
  const listeners = server.listeners('request')
  server.removeAllListeners('request')
  const answer = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    const { method, url, headers } = request
    const whole = Object.assign(new EventEmitter(), { method, url, headers })
    for (const listener of listeners) listener.call(server, whole, response)
    if (body.length > 0) whole.emit('data', body)
    whole.emit('end')
  }
  return server.on('request', (request, response) => {
    buffer(request)
      .then((body) => {
        if (body.length > 0 && !isJsonObject(parsedJson(body.toString())))
          return refuse(response, 400)
        answer(request, response, body)
      })
      // Whoever asked went away while asking, or asked what the server could not bear.
      .catch(() => refuse(response, 500))
  })
}

/** What services of AWS take for a request; JSON has other values, too. */
export const isJsonObject = (value: unknown): value is Fields =>
  isObject(value) && !Array.isArray(value)

/** As AWS does. */
const refuse = (response: ServerResponse, status: 400 | 500): void => {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const type = status === 400 ? 'SerializationException' : 'InternalServerError'
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
  response.end(JSON.stringify({ __type: `com.amazon.coral.service#${type}` }))
}
