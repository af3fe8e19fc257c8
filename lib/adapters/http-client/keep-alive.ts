import { type AgentOptions, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'

/** A socket that was idle for longer may be closed at the other end, and a call on it would be lost; in ms. */
export const IDLE_SOCKET_MS = 15_000

/** Answers with the pool of kept connections for a URL. One for the whole process: a TLS handshake costs more than most calls. */
export const keepAlivePool = (options: AgentOptions = {}): ((url: URL) => HttpAgent) => {
  const kept = { keepAlive: true, timeout: IDLE_SOCKET_MS, ...options }
  const pools = { http: new HttpAgent(kept), https: new HttpsAgent(kept) }
  return ({ protocol }) => (protocol === 'http:' ? pools.http : pools.https)
}
