import { jsonAnswer } from './answer.ts'

/** What is wrong with one field of a request: where it stands and what it must be. */
export interface FieldError {
  readonly path: string
  readonly message: string
}

/** Everything an error answer may carry beside its status (RFC 9457). */
export interface ProblemDetails {
  readonly detail: string
  readonly errors?: readonly FieldError[]
  /** The ErrorCode of Tencent, where it refused. */
  readonly code?: number
  readonly replyId?: string
  readonly headers?: Readonly<Record<string, string>>
}

const titles = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Content too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'Refused by Tencent Chat',
  503: 'Service unavailable',
} as const

export type ProblemStatus = keyof typeof titles

/** How many wrong fields an answer lists. */
export const MAX_FIELD_ERRORS = 20
/** How many bytes of JSON they have together at most. */
const MAX_ERRORS_BYTES = 4 * 1024
/** Callers choose the names of unknown fields. */
const MAX_PATH_CHARS = 100

/** An error answer in `application/problem+json`. */
export const problem = (status: ProblemStatus, { headers, ...details }: ProblemDetails): Response =>
  jsonAnswer(
    status,
    { type: 'about:blank', title: titles[status], status, ...details },
    { ...headers, 'content-type': 'application/problem+json' },
  )

/** Names the wrong fields, as many as an answer lists. */
export const badFields = (errors: readonly FieldError[]): Response => {
  const shown = bounded(errors)
  const [first] = shown
  return problem(400, { detail: `${first?.path} ${first?.message}`, errors: shown })
}

const bounded = (errors: readonly FieldError[]): readonly FieldError[] => {
  let bytes = 0
  return errors
    .slice(0, MAX_FIELD_ERRORS)
    .map(({ path, message }) => ({ path: clipped(path), message }))
    .filter((error) => {
      bytes += Buffer.byteLength(JSON.stringify(error)) + 1
      return bytes < MAX_ERRORS_BYTES
    })
}

const clipped = (path: string): string =>
  path.length > MAX_PATH_CHARS ? `${path.slice(0, MAX_PATH_CHARS)}…` : path

const RETRY_AFTER_SECONDS = '5'

/** Says that another try may go better. */
export const retryLater = { 'retry-after': RETRY_AFTER_SECONDS } as const

/** What everybody without right credentials hears, whatever is wrong with theirs and whatever is set up here. */
export const refused = (): Response =>
  problem(401, {
    detail: 'a right bearer token or webhook signature is needed here',
    headers: { 'www-authenticate': 'Bearer' },
  })
