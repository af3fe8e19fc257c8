/** What became of one REST call. A detail is for the log: one short sentence without URL, credential or text of users. */
export type TransportAnswer =
  /** The service answered; `body` is an object with a numeric `ErrorCode`, unchecked beyond that. `date` is its `Date` header. */
  | { readonly kind: 'json'; readonly body: unknown; readonly date?: string }
  /** Sent, or perhaps sent, without an answer that means anything: applied or not, nobody knows. */
  | { readonly kind: 'lost'; readonly detail: string }
  /** The service has not seen the call. */
  | { readonly kind: 'notSent'; readonly detail: string }

/** Asked directly before a call's bytes go out, whatever had to be waited for: false keeps them here. */
export type MayStart = () => boolean

/** Makes one REST call, `command` being service and command (`openim/modify_c2c_msg`). Never rejects. */
export type ChatTransport = (
  command: string,
  body: object,
  signal?: AbortSignal,
  mayStart?: MayStart,
) => Promise<TransportAnswer>

/** What came too late to be sent. */
export const startedTooLate: TransportAnswer = {
  kind: 'notSent',
  detail: 'The call was not begun: the time for it was over.',
}

const hasErrorCode = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  'ErrorCode' in body &&
  Number.isSafeInteger(body.ErrorCode)

const parseAnswer = (text: string): unknown => {
  try {
    const body: unknown = JSON.parse(text)
    return hasErrorCode(body) ? body : undefined
  } catch {
    return undefined
  }
}

/** A proxy answers these when a request was under way already. */
const givenUpStatuses: ReadonlySet<number> = new Set([408, 499])

const isTurnedAway = (status: number): boolean =>
  status >= 300 && status < 500 && !givenUpStatuses.has(status)

/**
 * Tells an answer of the service from whatever else spoke HTTP. The service answers 200 even to what it refuses
 * (document 1047/34620), so a redirect or a 4xx without its JSON is some other host or proxy that turned the call away.
 */
export const readHttpAnswer = (
  status: number,
  text: string,
  date?: string | null,
): TransportAnswer => {
  const body = parseAnswer(text)
  if (body !== undefined) return { kind: 'json', body, ...(date ? { date } : {}) }
  return isTurnedAway(status)
    ? {
        kind: 'notSent',
        detail: `HTTP ${status} without an answer of the service: check CHAT_ENDPOINT and CHAT_REGION.`,
      }
    : { kind: 'lost', detail: `HTTP ${status} without an answer of the service.` }
}
