import type { SourceRequest } from '../../core/conversation/source-request.ts'
import { parsedJson } from '../../core/json.ts'
import { conversationParts } from '../../core/reply/conversation.ts'
import { withoutTrailingSlashes } from '../../core/text/trailing-slashes.ts'
import { digest } from '../runtime/digest.ts'
import { type Answer, postOnce } from './answer.ts'
import { postWithSecret, secretOf } from './post-with-secret.ts'
import { questionOf } from './question.ts'
import { readShort } from './read-short.ts'
import { refusedWith } from './reported-error.ts'
import { sourceFailed } from './source-failed.ts'
import type { SourceParts, SourceSettings } from './source-parts.ts'

const name = 'OPENAI_BASE_URL'

const unknownField =
  'extra|unrecogni[sz]ed|unknown|unsupported|unexpected|not (?:permitted|allowed|supported)'

/** Fields that some servers do not take, and how their refusal shows. */
const optional = {
  stream_options: /stream_options|include_usage/,
  user: new RegExp(
    String.raw`(${unknownField}).{0,400}\buser\b|\buser\b.{0,400}(${unknownField})`,
    'is',
  ),
} as const
type OptionalField = keyof typeof optional
const optionalFields = ['stream_options', 'user'] as const satisfies readonly OptionalField[]

/**
 * Asks for the completion of a turn, with the turns before it: resolves with an answer of status 200, or throws as a source
 * does. Keeps in mind which fields the server does not take.
 */
export const completionOpener = (
  parts: SourceParts,
): ((request: SourceRequest, model: string | undefined) => Promise<Answer>) => {
  const { settings, clock, readSecret } = parts
  const { url, apiVersion } = completionsAt(settings.OPENAI_BASE_URL)
  const refusedFields = new Set<OptionalField>()

  const post = (request: SourceRequest, model: string | undefined): Promise<Answer> =>
    postWithSecret(readSecret, 'OPENAI_API_KEY', async (key) => {
      const headers = { accept: 'text/event-stream', ...authorization(key, apiVersion) }
      const prompt = settings.SYSTEM_PROMPT ?? (await secretOf(readSecret, 'SYSTEM_PROMPT'))
      const messages = messagesOf(prompt, request)
      const body = JSON.stringify(bodyOf(settings, request, { model, messages }, refusedFields))
      return postOnce({ url, name, headers, body }, clock, request)
    })

  return async (request, model) => {
    for (;;) {
      const answer = await post(request, model)
      if (answer.status === 200) return answer
      const { status, retryAfter } = answer
      const text = await readShort(answer)
      request.signal.throwIfAborted()
      const field = optionalFields.find(
        (one) => !refusedFields.has(one) && optional[one].test(text),
      )
      if (field === undefined || (status !== 400 && status !== 422)) {
        throw refusedWith(status, parsedJson(text), retryAfter)
      }
      refusedFields.add(field)
    }
  }
}

/** A base URL may have a query, such as Azure's `api-version`: it stays behind the path. */
const completionsAt = (base: string): { readonly url: string; readonly apiVersion: boolean } => {
  const [path = '', query] = base.split('?', 2)
  return {
    url: `${withoutTrailingSlashes(path)}/chat/completions${query === undefined ? '' : `?${query}`}`,
    apiVersion: query !== undefined && /(^|&)api-version=/.test(query),
  }
}

/** Services whose URL names the version of their API take the key in a header of their own. */
const authorization = (
  key: string | undefined,
  apiVersion: boolean,
): { readonly authorization?: string; readonly 'api-key'?: string } => {
  if (key === undefined) return {}
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw sourceFailed('OPENAI_API_KEY holds white space or characters that no key has.')
  }
  return { authorization: `Bearer ${key}`, ...(apiVersion ? { 'api-key': key } : {}) }
}

const bodyOf = (
  settings: SourceSettings,
  request: SourceRequest,
  asked: { readonly model: string | undefined; readonly messages: readonly object[] },
  refusedFields: ReadonlySet<OptionalField>,
) => {
  const fields = {
    stream_options: { include_usage: true },
    // Tells the server's abuse control its users apart, but not who they are.
    user: digest(conversationParts(request.turn.conversation)),
    ...settings.OPENAI_PARAMETERS,
    ...asked,
    stream: true,
  }
  const taken = Object.entries(fields).filter(
    ([field, value]) =>
      value !== null && !optionalFields.some((one) => one === field && refusedFields.has(one)),
  )
  return Object.fromEntries(taken)
}

const messagesOf = (
  prompt: string | undefined,
  { turn, history }: Pick<SourceRequest, 'turn' | 'history'>,
) => [
  ...(prompt === undefined ? [] : [{ role: 'system', content: prompt }]),
  // Some servers refuse a message without text, some two of one side in a row.
  ...history
    .filter(({ answered }) => answered !== '')
    .flatMap(({ asked, answered }) => [
      { role: 'user', content: asked },
      { role: 'assistant', content: answered },
    ]),
  { role: 'user', content: questionOf(turn) },
]
