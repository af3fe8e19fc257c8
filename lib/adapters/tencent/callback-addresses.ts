import type { Clock, Log } from '../../ports.ts'
import { addressList, type HasAddress } from './address-list.ts'
import type { TencentCall } from './tencent-call.ts'

/** How long a list serves; Tencent asks to read it again now and then. */
const FRESH_MS = 3_600_000
/** After a list could not be had. */
const AGAIN_MS = 60_000

export interface CallbackAddressesOptions {
  readonly call: TencentCall
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/**
 * Whether Tencent posts callbacks from an address (`GetIPList`, document 269/45438). The first question waits for the list;
 * after an hour the next one is read beside the work. Where it cannot be had the last one serves, and where there is none
 * every address is taken, with a warning. Never rejects.
 */
export const callbackAddresses = ({ call, clock, log }: CallbackAddressesOptions) => {
  let known: HasAddress | undefined
  let readAtMs = 0
  let mayAskAtMs = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined

  const ask = async (): Promise<void> => {
    const answer = await call('ConfigSvc/GetIPList', {})
    const list = answer.ok ? addressList(answer.value['IPList']) : undefined
    if (list === undefined) {
      log.warn('callback-addresses-not-read', answer.ok ? {} : { ...answer.error })
      return
    }
    known = list
    readAtMs = clock.now()
  }
  const askOnce = (): Promise<void> => {
    asking ??= ask().finally(() => {
      asking = undefined
      mayAskAtMs = clock.now() + AGAIN_MS
    })
    return asking
  }
  const isDue = (): boolean =>
    (known === undefined || clock.now() - readAtMs > FRESH_MS) && clock.now() >= mayAskAtMs

  return async (address: string | undefined): Promise<boolean> => {
    const reading = asking !== undefined || isDue() ? askOnce() : undefined
    if (known === undefined) await reading
    if (known !== undefined) return address !== undefined && known(address)
    log.warn('callback-address-not-checked')
    return true
  }
}
