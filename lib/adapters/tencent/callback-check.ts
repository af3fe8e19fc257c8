import type { CallbackRefusal } from '../../core/conversation/callback.ts'
import { listed } from '../../core/listed.ts'
import { ok, type Result } from '../../core/result.ts'
import { type Clock, OutOfReach } from '../../ports.ts'
import { checkQuery, checkSign } from './tencent-callback-check.ts'

export interface CallbackCheckOptions {
  readonly sdkAppId: number
  /** One token or several, comma-separated; `fresh` asks for those of this moment. */
  readonly readTokens: (fresh: boolean) => Promise<string | undefined>
  readonly clock: Pick<Clock, 'now'>
}

/**
 * Tells the genuine callbacks of this application from all other requests, by their query. A signature that fits no token is
 * looked at again with tokens read afresh, since they may have been changed. Throws `OutOfReach` without any token.
 */
export const callbackCheck =
  ({ sdkAppId, readTokens, clock }: CallbackCheckOptions) =>
  async (query: URLSearchParams): Promise<Result<void, CallbackRefusal>> => {
    const signed = checkQuery(query, { sdkAppId, nowMs: clock.now() })
    if (!signed.ok) return signed
    if (checkSign(signed.value, listed(await readTokens(false))).ok) return ok(undefined)

    const tokens = listed(await readTokens(true))
    if (tokens.length === 0) {
      throw new OutOfReach('secret', 'it holds no CHAT_CALLBACK_TOKEN, and neither the environment')
    }
    return checkSign(signed.value, tokens)
  }
