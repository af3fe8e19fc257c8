import { createHash } from 'node:crypto'
import type { CallbackRefusal } from '../../core/conversation/callback.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { sameSecret } from '../crypto/same-secret.ts'

/** How old a callback may be: Tencent sends one again, and an older one may be somebody else's, sent again. */
const PAST_SECONDS = 300
/** How far Tencent's clock may be ahead of this one. Whoever captured an address could keep it for so much longer. */
const FUTURE_SECONDS = 60

/** What a callback's query was signed with, as received. */
export interface SignedQuery {
  readonly sign: string
  readonly requestTime: string
}

/**
 * Checks what needs no token: that a callback is meant for this application and was sent in the last 300 s, or
 * by a clock that is at most 60 s ahead (document 1047/34354).
 */
export const checkQuery = (
  query: URLSearchParams,
  { sdkAppId, nowMs }: { readonly sdkAppId: number; readonly nowMs: number },
): Result<SignedQuery, CallbackRefusal> => {
  if (query.get('SdkAppid') !== String(sdkAppId)) {
    return refuse(
      'app',
      'SdkAppid is not the application of this function: set CHAT_SDK_APP_ID to it, or give that application a callback URL of its own',
    )
  }
  const requestTime = query.get('RequestTime') ?? ''
  if (!/^\d{1,15}$/.test(requestTime)) {
    return refuse(
      'time',
      'RequestTime is not a Unix time in whole seconds: turn on the authentication token in the console',
    )
  }
  const secondsBehind = Math.floor(nowMs / 1_000) - Number(requestTime)
  if (secondsBehind > PAST_SECONDS) return refuseTime(secondsBehind, 'behind', PAST_SECONDS)
  if (-secondsBehind > FUTURE_SECONDS) return refuseTime(-secondsBehind, 'ahead of', FUTURE_SECONDS)
  return ok({ sign: query.get('Sign') ?? '', requestTime })
}

/**
 * Checks the signature, the lowercase hex SHA-256 of token and RequestTime, with each of the tokens and in constant time
 * (document 1047/34354).
 */
export const checkSign = (
  { sign, requestTime }: SignedQuery,
  tokens: readonly string[],
): Result<void, CallbackRefusal> => {
  if (sign === '') {
    return refuse(
      'sign',
      'Sign is missing: turn on the authentication token in the console and set CHAT_CALLBACK_TOKEN to it',
    )
  }
  const fits = tokens.map((token) => sameSecret(sign, sha256(token + requestTime)))
  return fits.includes(true)
    ? ok(undefined)
    : refuse('sign', 'Sign fits no token: set CHAT_CALLBACK_TOKEN to the token of the console')
}

const refuseTime = (seconds: number, side: 'behind' | 'ahead of', allowed: number) =>
  refuse(
    'time',
    `RequestTime is ${seconds} s ${side} this function's clock, more than ${allowed} s: send the callback anew, or set the clock that is wrong`,
  )

const refuse = (reason: CallbackRefusal['reason'], detail: string) => err({ reason, detail })

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
