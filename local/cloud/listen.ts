import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type GuardOptions, guardedServer } from './guarded-server.ts'

/** A server that listens on the loopback interface. */
export interface LocalServer {
  readonly port: number
  /** Stops listening and breaks every connection. */
  close(): Promise<void>
}

/** Listens on 127.0.0.1, guarded; port 0 takes any free one. Rejects with what to do when the port is taken or forbidden. */
export const listen = (
  port: number,
  listener: RequestListener,
  options: GuardOptions = {},
): Promise<LocalServer> =>
  new Promise((resolve, reject) => {
    const server = guardedServer(listener, options)
    server.once('error', (error) => reject(new Error(complaint(error, port), { cause: error })))
    server.listen(port, '127.0.0.1', () =>
      resolve({ port: (server.address() as AddressInfo).port, close: () => close(server) }),
    )
  })

/** A port that was free a moment ago, for programs that take no port 0. */
export const freePort = async (): Promise<number> => {
  const { port, close } = await listen(0, () => {})
  await close()
  return port
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

const complaint = (error: NodeJS.ErrnoException, port: number): string => {
  const other = `PORT=${port === 3000 ? 3001 : 3000}`
  if (error.code === 'EADDRINUSE') {
    return `port ${port} is taken: stop what uses it or set ${other}`
  }
  if (error.code === 'EACCES') return `port ${port} is not allowed here: set ${other}`
  return `port ${port} cannot be used: ${error.message}`
}
