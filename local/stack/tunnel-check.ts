import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import fetch from 'node-fetch'
import { describeFetchError } from '../../lib/adapters/http-client/fetch-error.ts'
import type { Clock } from '../../lib/ports.ts'
import { CALLBACK_PATH } from '../page-server/webhook-caller.ts'

/** Finds out whether a public address leads to this process. */
export interface TunnelCheck {
  /** Answers the question that `reach` asks, and no other. True where it has. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, url: URL) => boolean
  /** Asks through the public address; a sentence where that does not come here. A tunnel may need a while to be known. */
  readonly reach: (publicUrl: string, clock: Clock) => Promise<string | undefined>
}

const PARAMETER = 'tunnel-check'
const TRIES = 6
const PAUSE_MS = 2_000
const TIMEOUT_MS = 5_000

/** Where Tencent shall post callbacks to. */
export const callbackUrlAt = (publicUrl: string): string =>
  new URL(CALLBACK_PATH, publicUrl).toString()

/** The question holds a word that nobody can guess, and so does the answer: whoever gives it is this process. */
export const tunnelCheck = (): TunnelCheck => {
  const [question, answer] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]

  const ask = async (publicUrl: string): Promise<string | undefined> => {
    const url = `${callbackUrlAt(publicUrl)}?${PARAMETER}=${question}`
    try {
      const response = await fetch(url, {
        redirect: 'manual',
        // The free tunnels of ngrok ask for it before they let a request through.
        headers: { 'ngrok-skip-browser-warning': '1' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const heard = (await response.text()).slice(0, answer.length)
      return heard === answer ? undefined : `somebody else answered there: HTTP ${response.status}`
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'AbortError'
      return isLate ? `no answer within ${TIMEOUT_MS / 1_000} s` : noAnswer(error)
    }
  }

  return {
    handle: (request, response, { pathname, searchParams }) => {
      if (request.method !== 'GET' || pathname !== CALLBACK_PATH) return false
      if (searchParams.get(PARAMETER) !== question) return false
      response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-store' })
      response.end(answer)
      return true
    },
    reach: async (publicUrl, clock) => {
      for (let left = TRIES - 1; ; left -= 1) {
        const problem = await ask(publicUrl)
        if (problem === undefined || left === 0) return problem
        await clock.sleep(PAUSE_MS)
      }
    },
  }
}

const noAnswer = (error: unknown): string =>
  describeFetchError(error).kind === 'notSent'
    ? 'no connection: is the tunnel running, and its name known?'
    : 'the connection broke'
