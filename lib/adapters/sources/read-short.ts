import type { Answer } from './answer.ts'

const SHORT_CHARS = 65_536
const SHORT_MS = 1_000

/** The body of an answer that says no, as far as it is short and comes soon. Closes the answer; never throws for what it holds. */
export const readShort = async ({ text, endWithin, close }: Answer): Promise<string> => {
  endWithin(SHORT_MS)
  let joined = ''
  for await (const part of text) {
    joined += part
    if (joined.length > SHORT_CHARS) break
  }
  close()
  return joined.slice(0, SHORT_CHARS)
}
