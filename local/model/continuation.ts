import { fieldsOf } from '../../lib/core/json.ts'
import type { TraceToken } from './events.ts'

/** What the model says again of what it was given to go on from. */
export type Repeats = 'nothing' | 'all' | 'tail' | 'last-words'

const TAIL_CHARS = 200

/** What an answer began with that a request asks to go on with, however it says so; `undefined` for a request of its own. */
export const saidBefore = (body: Readonly<Record<string, unknown>>): string | undefined => {
  const messages = Array.isArray(body['messages']) ? body['messages'].map(fieldsOf) : []
  const [before = {}, last = {}] = messages.slice(-2)
  const isAsked = before['role'] === 'assistant' && last['role'] === 'user'
  const isBegun =
    last['role'] === 'assistant' &&
    (last['prefix'] === true || last['partial'] === true || body['continue_final_message'] === true)
  const said = isBegun ? last['content'] : isAsked && goesOn(last) ? before['content'] : undefined
  return typeof said === 'string' ? said : undefined
}

/** The sentence that asks a model to go on is whoever asks' own affair, but it says so. */
const goesOn = ({ content }: Readonly<Record<string, unknown>>): boolean =>
  typeof content === 'string' && /\b(go on|continue)\b.*\bexactly\b/is.test(content)

/** What follows `said` of a trace, from now on, after what is repeated of it; all of it where `said` is none of its beginnings. */
export const tokensAfter = (
  tokens: readonly TraceToken[],
  said: string,
  repeats: Repeats,
): readonly TraceToken[] => {
  let skip = tokens
    .map(({ text }) => text)
    .join('')
    .startsWith(said)
    ? said.length
    : 0
  const rest: TraceToken[] = []
  for (const { t, text } of tokens) {
    const fresh = text.slice(skip)
    skip = Math.max(skip - text.length, 0)
    if (fresh !== '') rest.push({ t, text: fresh })
  }
  const startMs = rest[0]?.t ?? 0
  const repeated = repeatedOf(said, repeats)
  return [
    ...(repeated === '' ? [] : [{ t: 0, text: repeated }]),
    ...rest.map(({ t, text }) => ({ t: t - startMs, text })),
  ]
}

const repeatedOf = (said: string, repeats: Repeats): string => {
  switch (repeats) {
    case 'nothing':
      return ''
    case 'all':
      return said
    case 'tail':
      return said.slice(-TAIL_CHARS)
    case 'last-words':
      return said
        .split(/(?<=\s)/)
        .slice(-4)
        .join('')
  }
}
