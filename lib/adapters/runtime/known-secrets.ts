import { fragmentsOf, withoutFragments } from '../../core/text/without-fragments.ts'

/** What has fewer characters says too little to be of use, and is too often a word of its own. */
const FRAGMENT_CHARS = 8
/** Bounds the memory; signatures and rotated tokens come and go. */
const REMEMBERED = 1_024
const MAX_CHARS = 8_192

/** For the whole process: a secret that one client read may come back in the error of another. The oldest first. */
const known = new Set<string>()
let fragments: ReadonlySet<string> | undefined

const keep = (secret: string): void => {
  if (secret.length < FRAGMENT_CHARS || known.has(secret)) return
  known.add(secret)
  const [oldest] = known
  if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest)
  fragments = undefined
}

/** From now on no part of this value is shown. One value or several, comma-separated; of 8 characters or more each. */
export const keepSecret = (value: string): void => {
  for (const part of value.slice(0, MAX_CHARS).split(',')) {
    keep(part.trim())
    keep(encodeURIComponent(part.trim()))
  }
}

/**
 * The text without any known secret, nor a part of 8 characters or more of one, wherever it stands. Everything that comes
 * from outside and goes to a log, an error or an answer passes here. Takes time in proportion to the text alone.
 */
export const withoutSecrets = (text: string): string => {
  fragments ??= new Set([...known].flatMap((secret) => fragmentsOf(secret, FRAGMENT_CHARS)))
  return withoutFragments(text, fragments, FRAGMENT_CHARS)
}
