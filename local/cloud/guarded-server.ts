import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'

/** What a server on this machine lets in beside requests to a loopback name. */
export interface GuardOptions {
  /** Paths that may be asked for by any host name, as through a tunnel: what answers there asks for a signature. */
  readonly isPublic?: (pathname: string) => boolean
}

/** Makes a server that answers programs and pages of this machine alone. A path that cannot be read is one that nothing is at. */
export const guardedServer = (listener: RequestListener, options: GuardOptions = {}): Server =>
  guard(createServer(listener), options)

/**
 * Puts the same guard before a server that somebody else made. A page of another site reaches 127.0.0.1, too, by a name of its
 * own (then `Host` is foreign) or by ours (then `Origin` is); it gets no answer that it could read, and causes nothing.
 */
export const guard = (server: Server, options: GuardOptions = {}): Server => {
  const listeners = server.listeners('request') as RequestListener[]
  server.removeAllListeners('request')
  return server.on('request', (request, response) => {
    const url = urlOf(request)
    if (url === undefined) {
      response.writeHead(404).end('There is nothing here.')
      return
    }
    if (!isFromHere(request, url, options)) {
      response.writeHead(403).end('Only this machine is answered.')
      return
    }
    // Whoever would share its answers with every site by naming the one that asked has none to name.
    delete request.headers.origin
    try {
      for (const listener of listeners) listener.call(server, request, response)
    } catch {
      if (response.headersSent) response.destroy()
      else response.writeHead(404).end('There is nothing here.')
    }
  })
}

/** The URL that a request asks for; `undefined` where it names none of this server. */
export const urlOf = ({ url = '' }: IncomingMessage): URL | undefined =>
  url.startsWith('/') ? new URL(`http://127.0.0.1${url}`) : undefined

const isFromHere = (
  { headers: { host, origin } }: IncomingMessage,
  { pathname }: URL,
  { isPublic = () => false }: GuardOptions,
): boolean => {
  if (origin !== undefined && !isLoopbackOrigin(origin)) return false
  return isLoopbackHost(host) || isPublic(pathname)
}

const isLoopbackHost = (host = ''): boolean =>
  /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host)

const isLoopbackOrigin = (origin: string): boolean =>
  /^https?:\/\//.test(origin) && isLoopbackHost(origin.slice(origin.indexOf('//') + 2))
