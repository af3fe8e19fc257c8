import { Api } from 'tls-sig-api-v2/TLSSigAPIv2.js'
import type { Clock } from '../../ports.ts'
import { keepSecret } from '../runtime/known-secrets.ts'

/** Signs REST calls as the app administrator. */
export interface UserSigner {
  /** A UserSig that is good for a while yet. Rejects when the key cannot be read or is unusable; never shows the key. */
  sign(): Promise<string>
  /** Throws the signature away, because the service refused it: the next one is made with a key that was read again. */
  forget(): void
}

export interface UserSignerOptions {
  readonly sdkAppId: number
  readonly admin: string
  /** `fresh` asks for the key as it is now, past any cache. */
  readonly readSecretKey: (fresh: boolean) => Promise<string>
  readonly clock: Clock
  readonly lifetimeSeconds?: number
}

interface Signature {
  readonly text: string
  readonly madeAtMs: number
  readonly withFreshKey: boolean
}

interface Making {
  readonly promise: Promise<Signature>
  readonly withFreshKey: boolean
}

/** Several calls under way are refused together when a key changes; one new signature serves them all. */
const FORGET_ONCE_IN_MS = 10_000

const ADMIN_BYTES = 32

const checkApplication = (sdkAppId: number, admin: string): void => {
  if (!Number.isSafeInteger(sdkAppId) || sdkAppId <= 0) {
    throw new Error('CHAT_SDK_APP_ID must be a positive whole number: the SDKAppID of the console.')
  }
  const bytes = Buffer.byteLength(admin)
  if (bytes < 1 || bytes > ADMIN_BYTES) {
    throw new Error(
      `CHAT_ADMIN must have 1 to ${ADMIN_BYTES} bytes: the name of an app administrator.`,
    )
  }
}

const checkSecretKey = (secretKey: string): void => {
  if (secretKey === '') throw new Error('CHAT_SECRET_KEY is empty: copy the key from the console.')
  if (/\s/.test(secretKey)) {
    throw new Error('CHAT_SECRET_KEY has white space in it: copy the key alone from the console.')
  }
}

/**
 * Makes UserSigs (document 1047/34385) and keeps each for half its life. When a new one cannot be made then, the old one
 * serves for the rest of it. Concurrent calls wait for one signature. Throws at once on a malformed application or admin.
 */
export const userSigner = (options: UserSignerOptions): UserSigner => {
  const { sdkAppId, admin, readSecretKey, clock, lifetimeSeconds = 86_400 } = options
  checkApplication(sdkAppId, admin)
  const lifetimeMs = lifetimeSeconds * 1000

  let current: Signature | undefined
  let making: Making | undefined
  let keyIsStale = false

  const isYoungerThan = (signature: Signature, ms: number): boolean =>
    clock.now() - signature.madeAtMs < ms

  const make = async (withFreshKey: boolean): Promise<Signature> => {
    const secretKey = await readSecretKey(withFreshKey)
    checkSecretKey(secretKey)
    const text = new Api(sdkAppId, secretKey).genUserSig(admin, lifetimeSeconds)
    // The service may quote either in what it says of a call.
    keepSecret(secretKey)
    keepSecret(text)
    return { text, madeAtMs: clock.now(), withFreshKey }
  }

  const renew = async (): Promise<Signature> => {
    making ??= { promise: make(keyIsStale), withFreshKey: keyIsStale }
    const mine = making
    try {
      const signature = await mine.promise
      // A signature that was forgotten while it was being made must not come back.
      if (making === mine) {
        current = signature
        keyIsStale = false
      }
      return signature
    } finally {
      if (making === mine) making = undefined
    }
  }

  const sign = async (): Promise<string> => {
    if (current && isYoungerThan(current, lifetimeMs / 2)) return current.text
    const old = current
    try {
      return (await renew()).text
    } catch (error) {
      if (old && isYoungerThan(old, lifetimeMs * 0.9)) return old.text
      throw error
    }
  }

  const forget = (): void => {
    if (making?.withFreshKey) return
    if (current?.withFreshKey && isYoungerThan(current, FORGET_ONCE_IN_MS)) return
    current = undefined
    making = undefined
    keyIsStale = true
  }

  return { sign, forget }
}
