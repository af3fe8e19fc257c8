import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'

/** When the caller began, Unix ms. */
const HEADER = 'x-begun-at-ms'
/** The service gives up a call after three seconds; there must be time left to do it in. */
const TOO_OLD_MS = 2_000

const stamp = (message: unknown): void => {
  const { request } = message as { readonly request: ClientRequest }
  request.setHeader(HEADER, Date.now())
}

/** From now on every request of this process says when it was begun. Undone by calling the result. */
export const stampCalls = (): (() => void) => {
  subscribe('http.client.request.created', stamp)
  return () => unsubscribe('http.client.request.created', stamp)
}

/**
 * Makes this process's servers give up chunks whose call was begun long ago, as the service does: on a crowded machine a process
 * may get no turn for seconds, and what it sent then must not be taken for a call of now.
 */
export const giveUpOldCalls = () => {
  let givenUp = 0
  const check = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage }
    const ageMs = Date.now() - Number(request.headers[HEADER])
    if (!request.url?.includes('/send_stream_msg?') || ageMs <= TOO_OLD_MS) return
    givenUp += 1
    request.destroy()
  }
  subscribe('http.server.request.start', check)
  return {
    count: () => givenUp,
    stop: () => unsubscribe('http.server.request.start', check),
  }
}
