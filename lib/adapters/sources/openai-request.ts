import type { SourceRequest } from '../../core/conversation/source-request.ts'
import { fieldsOf, parsedJson } from '../../core/json.ts'
import { withoutTrailingSlashes } from '../../core/text/trailing-slashes.ts'
import type { Answer } from './answer.ts'
import { errorCodeOf } from './openai-event.ts'
import { postForAnswer } from './post-for-answer.ts'
import { postWithSecret, secretOf } from './post-with-secret.ts'
import { readShort } from './read-short.ts'
import { shownCode, sourceFailed } from './source-failed.ts'
import type { SourceParts } from './source-parts.ts'

type Request = Pick<SourceRequest, 'turn' | 'history' | 'signal'>

const name = 'OPENAI_BASE_URL'

/**
 * Asks for the completion of a turn, with the turns before it: resolves with an answer of status 200, or throws as a source
 * does. Keeps in mind whether the server takes `stream_options`.
 */
export const completionOpener = (parts: SourceParts): ((request: Request) => Promise<Answer>) => {
  const { settings, readSecret } = parts
  const url = `${withoutTrailingSlashes(settings.OPENAI_BASE_URL)}/chat/completions`
  let takesStreamOptions = true

  const post = (request: Request): Promise<Answer> =>
    postWithSecret(readSecret, 'OPENAI_API_KEY', async (key) => {
      const headers = { accept: 'text/event-stream', ...authorization(key) }
      const prompt = settings.SYSTEM_PROMPT ?? (await secretOf(readSecret, 'SYSTEM_PROMPT'))
      const body = JSON.stringify({
        model: settings.OPENAI_MODEL,
        messages: messagesOf(prompt, request),
        stream: true,
        ...(takesStreamOptions ? { stream_options: { include_usage: true } } : {}),
      })
      return postForAnswer({ url, name, headers, body }, parts, request.signal)
    })

  return async (request) => {
    const answer = await post(request)
    if (answer.status === 200) return answer
    const text = await readShort(answer)
    const isAboutOptions = /stream_options|include_usage/.test(text)
    if (!takesStreamOptions || !isAboutOptions || !isMalformed(answer.status)) {
      throw refused(answer.status, text)
    }
    takesStreamOptions = false
    const second = await post(request)
    if (second.status === 200) return second
    throw refused(second.status, await readShort(second))
  }
}

const authorization = (key: string | undefined): { readonly authorization?: string } => {
  if (key === undefined) return {}
  if (/^[\x21-\x7e]+$/.test(key)) return { authorization: `Bearer ${key}` }
  throw sourceFailed('OPENAI_API_KEY holds white space or characters that no key has.')
}

const messagesOf = (prompt: string | undefined, { turn, history }: Request) => [
  ...(prompt === undefined ? [] : [{ role: 'system', content: prompt }]),
  // Some servers refuse a message without text, some two of one side in a row.
  ...history
    .filter(({ answered }) => answered !== '')
    .flatMap(({ asked, answered }) => [
      { role: 'user', content: asked },
      { role: 'assistant', content: answered },
    ]),
  { role: 'user', content: turn.text },
]

const isMalformed = (status: number): boolean => status === 400 || status === 422

/** Of what the server says only its code is shown: its sentences may quote the key or the conversation. */
const refused = (status: number, text: string): Error => {
  const code = shownCode(errorCodeOf(fieldsOf(parsedJson(text))['error']))
  return sourceFailed(`The model's server answered ${status}${code}: ${adviceOn(status)}.`)
}

const adviceOn = (status: number): string => {
  if (status === 401 || status === 403)
    return 'OPENAI_API_KEY is wrong, or may not use OPENAI_MODEL'
  if (status === 404) return 'OPENAI_MODEL or OPENAI_BASE_URL is wrong'
  if (status === 413) return 'the conversation is too long for it, set a smaller HISTORY_TURNS'
  if (isMalformed(status))
    return 'OPENAI_MODEL is wrong, or the conversation is too long for the model'
  if (status === 429) return 'too many requests, or the account has no credit left'
  if (status >= 500) return 'it is in trouble or overloaded'
  if (status >= 300 && status < 400)
    return 'redirects are not followed, OPENAI_BASE_URL must be the final address'
  return 'OPENAI_BASE_URL is probably wrong'
}
