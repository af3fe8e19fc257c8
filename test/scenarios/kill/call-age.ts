import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'

/** When the caller began, Unix ms. */
const HEADER = 'x-begun-at-ms'
/** The service gives up a call after three seconds; there must be time left to do it in. */
const TOO_OLD_MS = 2_000

/** From now on every request of this process says when it was begun. Undone by calling the result. */
export const stampCalls = (now: () => number = Date.now): (() => void) => {
  const stamp = (message: unknown): void => {
    const { request } = message as { readonly request: ClientRequest }
    request.setHeader(HEADER, now())
  }
  subscribe('http.client.request.created', stamp)
  return () => unsubscribe('http.client.request.created', stamp)
}

/**
 * Makes this process's servers give up chunks whose call was begun long ago, as the service does: on a crowded machine a process
 * may get no turn for seconds, and what it sent then must not be taken for a call of now. `onChunk` hears when each call was
 * begun, given up or not.
 */
export const giveUpOldCalls = (onChunk: (begunAtMs: number) => void = () => {}) => {
  let givenUp = 0
  const check = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage }
    if (!request.url?.includes('/send_stream_msg?')) return
    const begunAtMs = Number(request.headers[HEADER])
    onChunk(begunAtMs)
    if (Date.now() - begunAtMs <= TOO_OLD_MS) return
    givenUp += 1
    request.destroy()
  }
  subscribe('http.server.request.start', check)
  return {
    count: () => givenUp,
    stop: () => unsubscribe('http.server.request.start', check),
  }
}
