import { createHash } from 'node:crypto'
import fetch from 'node-fetch'
import * as v from 'valibot'
import { describeFetchError } from '../../lib/adapters/http-client/fetch-error.ts'
import type { Clock } from '../../lib/ports.ts'
import type { DoctorEnvironment } from './environment.ts'
import type { Finding } from './finding.ts'
import { type CallbackAnswer, judgeCallback } from './judge-callback.ts'

/** A webhook answers commands that it does not know with OK, and does nothing about them. */
const COMMAND = 'Doctor.Check'

/** Longer than Tencent waits, so that a slow answer can be told from none. */
const PATIENCE_MS = 10_000

const okSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ ActionStatus: v.literal('OK'), ErrorCode: v.literal(0) }),
)

/** Posts callbacks as Tencent does (document 1047/34354), signed with each token and with a wrong one. */
export const checkCallback = async (
  callbackUrl: string | undefined,
  { sdkAppId, readCallbackTokens }: DoctorEnvironment,
  clock: Clock,
): Promise<readonly Finding[]> => {
  const about = { id: 'callback', title: 'Callback' }
  if (callbackUrl === undefined) {
    const so = 'Add --callback-url with the URL that the console has for callbacks.'
    return [{ ...about, verdict: 'unknown', heard: 'Not asked.', so }]
  }
  const tokens = await readTokens(readCallbackTokens)
  if (tokens.length === 0) {
    const mend =
      'Set CHAT_CALLBACK_TOKEN to the authentication token that the console has for callbacks.'
    return [{ ...about, verdict: 'wrong', heard: 'There is no token to sign one with.', mend }]
  }

  const genuine: CallbackAnswer[] = []
  for (const token of [...tokens, ...tokens]) {
    genuine.push(await post(callbackUrl, sdkAppId, token, clock))
  }
  const forged = await post(callbackUrl, sdkAppId, `${tokens[0]}-forged`, clock)
  return judgeCallback({ genuine, forged })
}

const readTokens = async (
  read: DoctorEnvironment['readCallbackTokens'],
): Promise<readonly string[]> => {
  try {
    return await read()
  } catch {
    return []
  }
}

const post = async (
  callbackUrl: string,
  sdkAppId: number,
  token: string,
  clock: Clock,
): Promise<CallbackAnswer> => {
  const requestTime = String(Math.floor(clock.now() / 1_000))
  const query = new URLSearchParams({
    SdkAppid: String(sdkAppId),
    CallbackCommand: COMMAND,
    contenttype: 'json',
    ClientIP: '127.0.0.1',
    OptPlatform: 'RESTAPI',
    Sign: createHash('sha256')
      .update(token + requestTime)
      .digest('hex'),
    RequestTime: requestTime,
  })
  const startedAtMs = clock.now()
  try {
    const response = await fetch(`${callbackUrl}?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ CallbackCommand: COMMAND }),
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    const body = await response.text()
    const tookMs = clock.now() - startedAtMs
    const saysOk = v.safeParse(okSchema, body).success
    return { kind: 'answered', status: response.status, saysOk, tookMs }
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') {
      return { kind: 'none', detail: `No answer within ${PATIENCE_MS} ms.` }
    }
    return { kind: 'none', detail: noAnswer(error) }
  }
}

const noAnswer = (error: unknown): string =>
  describeFetchError(error).kind === 'notSent' ? 'No connection.' : 'The connection broke.'
