import { setTimeout as wait } from 'node:timers/promises'
import { API_TOKEN } from './world.ts'

export interface Answer {
  readonly status: number
  readonly body: string
}

export const isAccepted = ({ status }: Answer): boolean => status >= 200 && status < 300

/** Longer than any function may take, and than any is frozen for. */
const PATIENCE_MS = 60_000
const INSISTS_MS = 150_000
const PAUSES_MS = [200, 500, 1_000, 2_000]

/** Posts as a client of the API does, JSON unless the body is text already; `undefined` without an answer. */
export const post = async (
  url: string,
  path: string,
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer | undefined> => {
  try {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${API_TOKEN}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    return { status: response.status, body: await response.text() }
  } catch {
    return undefined
  }
}

/** Asks again for as long as a good client would: until it is taken, or refused for good. */
export const insist = async (
  attempt: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> => {
  const untilMs = Date.now() + INSISTS_MS
  for (let tries = 0; ; tries += 1) {
    const answer = await attempt()
    if (answer !== undefined && !isPassing(answer)) return answer
    if (Date.now() > untilMs) return answer
    await wait(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)])
  }
}

/** True for an answer that may be another one in a moment; 502 is what Tencent refused. */
const isPassing = ({ status }: Answer): boolean =>
  status === 429 || (status >= 500 && status !== 502)
