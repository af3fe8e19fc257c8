/** The fewest characters of a token of the replies API. */
export const TOKEN_CHARS = 16

/** What is wrong with a bearer token, as the rest of a sentence; `undefined` where it may be used. Never shows the token. */
export const tokenProblem = (token: string, chars = TOKEN_CHARS): string | undefined =>
  token.length >= chars && /^[\x21-\x2b\x2d-\x7e]+$/.test(token)
    ? undefined
    : `must be a token of at least ${chars} characters without white space, or several, comma-separated`
