import type { CallbackRefusal } from '../../core/conversation/callback.ts'
import { listed } from '../../core/listed.ts'
import { OutOfReach } from '../../core/out-of-reach.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { Clock } from '../../ports.ts'
import { checkQuery, checkSign } from './tencent-callback-check.ts'

export interface CallbackCheckOptions {
  readonly sdkAppId: number
  /** One token or several, comma-separated; `fresh` asks for those of this moment. */
  readonly readTokens: (fresh: boolean) => Promise<string | undefined>
  readonly clock: Pick<Clock, 'now'>
  /** Whether Tencent posts from this address; without it any will do. */
  readonly isTencents?: (address: string | undefined) => Promise<boolean>
}

/**
 * Tells the genuine callbacks of this application from all other requests, by their query and, where that is asked for, by the
 * address they come from. A signature that fits no token is looked at again with tokens read afresh, since they may have been
 * changed. Throws `OutOfReach` without any token.
 */
export const callbackCheck = ({
  sdkAppId,
  readTokens,
  clock,
  isTencents = async () => true,
}: CallbackCheckOptions) => {
  const isSigned = async (query: URLSearchParams): Promise<Result<void, CallbackRefusal>> => {
    const signed = checkQuery(query, { sdkAppId, nowMs: clock.now() })
    if (!signed.ok) return signed
    if (checkSign(signed.value, listed(await readTokens(false))).ok) return ok(undefined)

    const tokens = listed(await readTokens(true))
    if (tokens.length === 0) {
      throw new OutOfReach('secret', 'it holds no CHAT_CALLBACK_TOKEN, and neither the environment')
    }
    return checkSign(signed.value, tokens)
  }

  return async (
    query: URLSearchParams,
    address?: string,
  ): Promise<Result<void, CallbackRefusal>> => {
    const signed = await isSigned(query)
    // Strangers must not make it read the list.
    if (!signed.ok || (await isTencents(address))) return signed
    return err({ reason: 'address', detail: ELSEWHERE })
  }
}

const ELSEWHERE =
  'The address of the caller is none that Tencent posts callbacks from: where a proxy stands before this function, leave CALLBACK_IP_LIST off'
