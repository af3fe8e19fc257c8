import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { guardedServer, urlOf } from '../cloud/guarded-server.ts'
import type { ServiceOutcome, SimulatedService } from './service.ts'

/** A simulator that listens. */
export interface SimulatorServer {
  /** `http://127.0.0.1:<port>`, for `CHAT_ENDPOINT`. */
  readonly url: string
  readonly port: number
  /** Stops listening and breaks every connection, calls under way included. */
  close(): Promise<void>
}

const parseBody = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const respond = (response: ServerResponse, outcome: ServiceOutcome): void => {
  if (outcome.kind !== 'answer') {
    response.socket?.destroy()
    return
  }
  const date = new Date(outcome.atMs).toUTCString()
  response.writeHead(outcome.status, { 'content-type': 'application/json', date }).end(outcome.text)
}

const serve = async (
  service: SimulatedService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const url = urlOf(request)
  const command = /^\/v4\/([^/]+\/[^/]+)$/.exec(url?.pathname ?? '')?.[1]
  const text = (await buffer(request)).toString()
  if (url === undefined || command === undefined || request.method !== 'POST') {
    response.writeHead(404).end('There is nothing here.')
    return
  }
  respond(response, await service.call(command, url.searchParams, parseBody(text), gone.signal))
}

/** Serves `POST /v4/<service>/<command>`, for a server that has other things to serve too. */
const simulatorListener =
  (service: SimulatedService): RequestListener =>
  (request, response) => {
    // What rejects here is a request whose sender went away while sending it.
    serve(service, request, response).catch(() => response.destroy())
  }

/** Starts the simulator on the loopback interface; port 0 takes any free one. */
export const startSimulator = (service: SimulatedService, port = 0): Promise<SimulatorServer> =>
  new Promise((resolve, reject) => {
    const server = guardedServer(simulatorListener(service))
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const listening = (server.address() as AddressInfo).port
      resolve({
        url: `http://127.0.0.1:${listening}`,
        port: listening,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      })
    })
  })
