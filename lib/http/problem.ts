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

/** An error answer in `application/problem+json`. */
export const problem = (status: ProblemStatus, { headers, ...details }: ProblemDetails): Response =>
  new Response(JSON.stringify({ type: 'about:blank', title: titles[status], status, ...details }), {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  })
