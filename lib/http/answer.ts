/** An answer in JSON. What is said to one caller is kept for nobody. */
export const jsonAnswer = (
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers, ...notStored },
  })

/** The header that keeps an answer out of every cache. */
export const notStored = { 'cache-control': 'no-store' } as const
