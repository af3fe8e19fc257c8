import type { Answer } from './answer.ts'
import { sourceFailed } from './source-failed.ts'

const SHORT_CHARS = 65_536
const SHORT_MS = 1_000

const WHOLE_CHARS = 8_388_608

/** The body of an answer, of at most 8 MiB. Closes the answer. Throws as reading it does. */
export const readWhole = async ({ text, close }: Answer): Promise<string> => {
  let joined = ''
  try {
    for await (const part of text) {
      joined += part
      if (joined.length > WHOLE_CHARS) throw sourceFailed('The answer is longer than 8 MiB.')
    }
  } finally {
    close()
  }
  return joined
}

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
