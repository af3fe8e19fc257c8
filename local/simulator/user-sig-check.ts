import { createHmac } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import * as v from 'valibot'
import { refusal, type ServiceAnswer } from './answers.ts'

/** Says what is wrong with the query of a REST call; `undefined` when nothing is. */
export type UserSigCheck = (query: URLSearchParams, nowMs: number) => ServiceAnswer | undefined

export interface UserSigCheckOptions {
  readonly sdkAppId: number
  /** App administrators; nobody else may call the REST API. */
  readonly admins: readonly string[]
  /** The key as it is now, so that a test can change it. */
  readonly secretKey: () => string
}

const documentSchema = v.object({
  'TLS.ver': v.literal('2.0'),
  'TLS.identifier': v.string(),
  'TLS.sdkappid': v.number(),
  'TLS.time': v.number(),
  'TLS.expire': v.number(),
  'TLS.sig': v.string(),
})

/** What a UserSig holds. */
export type UserSigDocument = v.InferOutput<typeof documentSchema>

const plainBase64: Readonly<Record<string, string>> = { '*': '+', '-': '/', _: '=' }

/** Unpacks a UserSig without verifying it; `undefined` when it is none. */
export const decodeUserSig = (userSig: string): UserSigDocument | undefined => {
  const base64 = userSig.replace(/[*_-]/g, (char) => plainBase64[char] ?? char)
  try {
    const json = inflateSync(Buffer.from(base64, 'base64'), { maxOutputLength: 4096 }).toString()
    const parsed = v.safeParse(documentSchema, JSON.parse(json))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

/** The text that a UserSig's HMAC is made over (document 1047/34385). */
export const signedText = (document: UserSigDocument): string =>
  [
    `TLS.identifier:${document['TLS.identifier']}`,
    `TLS.sdkappid:${document['TLS.sdkappid']}`,
    `TLS.time:${document['TLS.time']}`,
    `TLS.expire:${document['TLS.expire']}`,
    '',
  ].join('\n')

const hmac = (secretKey: string, text: string): string =>
  createHmac('sha256', secretKey).update(text).digest('base64')

const isUint32 = (text: string | null): boolean =>
  text !== null && /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32

/**
 * Checks credentials as the service does, with code of its own and not with the library that the program signs with: what
 * one gets wrong the other refuses.
 */
export const userSigCheck = ({
  sdkAppId,
  admins,
  secretKey,
}: UserSigCheckOptions): UserSigCheck => {
  const checkQuery = (query: URLSearchParams): ServiceAnswer | undefined => {
    if (query.get('contenttype') !== 'json') return refusal(60025, 'contenttype must be json')
    if (!isUint32(query.get('random'))) return refusal(60002, 'random must be a uint32')
    if (!query.get('sdkappid')) return refusal(60012, 'sdkappid is missing')
    if (query.get('sdkappid') !== String(sdkAppId)) return refusal(70020, 'unknown sdkappid')
    if (!query.get('identifier')) return refusal(60025, 'identifier is missing')
    return undefined
  }

  const checkDocument = (
    document: UserSigDocument,
    identifier: string | null,
    nowMs: number,
  ): ServiceAnswer | undefined => {
    if (document['TLS.sdkappid'] !== sdkAppId) return refusal(70014, 'signed for another sdkappid')
    if (document['TLS.identifier'] !== identifier) return refusal(70013, 'signed for another user')
    if (document['TLS.sig'] !== hmac(secretKey(), signedText(document))) {
      return refusal(70009, 'the signature does not match')
    }
    const endsAtMs = (document['TLS.time'] + document['TLS.expire']) * 1000
    // An expiry that is not a number would never be reached.
    if (!(nowMs < endsAtMs)) return refusal(70001, 'the signature has expired')
    return undefined
  }

  return (query, nowMs) => {
    const wrongQuery = checkQuery(query)
    if (wrongQuery) return wrongQuery
    const document = decodeUserSig(query.get('usersig') ?? '')
    if (document === undefined) return refusal(70003, 'not a signature')
    const identifier = query.get('identifier')
    const wrongDocument = checkDocument(document, identifier, nowMs)
    if (wrongDocument) return wrongDocument
    return admins.includes(identifier ?? '') ? undefined : refusal(60010, 'not an administrator')
  }
}
