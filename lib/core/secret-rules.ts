import { parseApiKeys } from './api-keys.ts'
import { TOKEN_CHARS, tokenProblem } from './token-rule.ts'

const CALLBACK_TOKEN_CHARS = 8
const SECRET_BYTES = 24

/** What is wrong with the value of a secret, as the rest of a sentence that begins with its name; never the value. */
type Rule = (value: string) => string | undefined

const TOKEN_FIX = `must be one token or several, comma-separated, each of at least ${TOKEN_CHARS} characters without white space: make one with openssl rand -hex 24`
const CALLBACK_FIX = `must be one token or two, comma-separated, each of at least ${CALLBACK_TOKEN_CHARS} characters without white space: make one with openssl rand -hex 16, and set the console to it`
const WEBHOOK_FIX = `must be whsec_ and base64 of at least ${SECRET_BYTES} bytes, or several of that, comma-separated: make one with echo whsec_$(openssl rand -base64 32)`
const PLACEHOLDER_FIX = 'is the placeholder of an example: put the real value there'

const each =
  (isRight: (part: string) => boolean, message: string): Rule =>
  (value) =>
    value.split(',').every((part) => isRight(part.trim())) ? undefined : message

const base64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}(?:[A-Za-z\d+/]|=)=)?$/

const isWebhookSecret = (part: string): boolean => {
  const encoded = part.startsWith('whsec_') ? part.slice('whsec_'.length) : part
  const padding = encoded.endsWith('==') ? 2 : Number(encoded.endsWith('='))
  return base64.test(encoded) && (encoded.length / 4) * 3 - padding >= SECRET_BYTES
}

const isToken = (chars: number) => (part: string) => tokenProblem(part, chars) === undefined

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['REPLIES_API_TOKEN', each(isToken(TOKEN_CHARS), TOKEN_FIX)],
  ['CHAT_CALLBACK_TOKEN', each(isToken(CALLBACK_TOKEN_CHARS), CALLBACK_FIX)],
  ['REPLIES_WEBHOOK_SECRET', each(isWebhookSecret, WEBHOOK_FIX)],
  [
    'REPLIES_API_KEYS',
    (value) => {
      const keys = parseApiKeys(value)
      return keys.ok ? undefined : keys.error
    },
  ],
])

/** `…` and `...` stand in examples where a value belongs; a prompt may hold both. */
const isPlaceholder = (name: string, value: string): boolean =>
  name !== 'SYSTEM_PROMPT' && /…|\.{3}/.test(value)

/**
 * What is wrong with a secret that is too weak to be one, or none at all: the rest of a sentence that begins with its name,
 * and says what to do. Never shows the value. `undefined` where it may be used.
 */
export const secretProblem = (name: string, value: string): string | undefined =>
  rules.get(name)?.(value) ?? (isPlaceholder(name, value) ? PLACEHOLDER_FIX : undefined)
