import type { SourceRequest } from '../../core/conversation/source-request.ts'
import { parsedJson } from '../../core/json.ts'
import { withoutTrailingSlashes } from '../../core/text/trailing-slashes.ts'
import { type Answer, postOnce } from './answer.ts'
import { postWithSecret, secretOf } from './post-with-secret.ts'
import { readShort } from './read-short.ts'
import { refusedWith } from './reported-error.ts'
import { sourceFailed } from './source-failed.ts'
import type { SourceParts } from './source-parts.ts'

const name = 'OPENAI_BASE_URL'

type Asking = Pick<SourceRequest, 'signal' | 'reportLife'>

/** A field that some servers do not take, by its name, and how their refusal shows. */
export type RefusableFields = Readonly<Record<string, RegExp>>

/** How a server's refusal of a field shows that has an ordinary word for its name. */
export const refusalOf = (field: string): RegExp => {
  const unknown =
    'extra|unrecogni[sz]ed|unknown|unsupported|unexpected|not (?:permitted|allowed|supported)'
  return new RegExp(
    String.raw`(${unknown}).{0,400}\b${field}\b|\b${field}\b.{0,400}(${unknown})`,
    'is',
  )
}

/** A server that speaks one of OpenAI's APIs. */
export interface OpenAiServer {
  /**
   * Posts what `fields` makes of the system prompt: resolves with an answer of status 200, or throws as a source does. Keeps in
   * mind which of the refusable fields the server does not take, and leaves those away.
   */
  readonly post: (
    path: string,
    asking: Asking,
    fields: (prompt: string | undefined) => Readonly<Record<string, unknown>>,
  ) => Promise<Answer>
  /** One request, whatever comes of it; `query` stands behind the path. Throws as `postOnce` does. */
  readonly send: (
    path: string,
    asking: Asking,
    how?: { readonly query?: string; readonly body?: () => Promise<string> },
  ) => Promise<Answer>
  /** False once the server has refused this field. */
  readonly takes: (field: string) => boolean
}

/** `refusable` are the fields that are left away where the server says that it does not take them. */
export const openAiServer = (
  { settings, clock, readSecret }: SourceParts,
  refusable: RefusableFields,
): OpenAiServer => {
  const [base = '', baseQuery] = settings.OPENAI_BASE_URL.split('?', 2)
  const namesVersion = baseQuery !== undefined && /(^|&)api-version=/.test(baseQuery)
  const refused = new Set<string>()

  /** A base URL may have a query, such as Azure's `api-version`: it stays behind the path. */
  const urlOf = (path: string, query?: string): string => {
    const queries = [baseQuery, query].filter((one) => one !== undefined).join('&')
    return `${withoutTrailingSlashes(base)}${path}${queries === '' ? '' : `?${queries}`}`
  }
  const send: OpenAiServer['send'] = (path, asking, { query, body } = {}) =>
    postWithSecret(readSecret, 'OPENAI_API_KEY', async (key) => {
      const headers = { accept: 'text/event-stream', ...authorization(key, namesVersion) }
      const url = urlOf(path, query)
      const written = await body?.()
      return postOnce(
        { url, name, headers, ...(written === undefined ? {} : { body: written }) },
        clock,
        asking,
      )
    })
  const withoutRefused = (fields: Readonly<Record<string, unknown>>): string =>
    JSON.stringify(
      Object.fromEntries(
        Object.entries(fields).filter(([field, value]) => value !== null && !refused.has(field)),
      ),
    )
  const post: OpenAiServer['post'] = async (path, asking, fields) => {
    const body = async () => {
      const prompt = settings.SYSTEM_PROMPT ?? (await secretOf(readSecret, 'SYSTEM_PROMPT'))
      return withoutRefused(fields(prompt))
    }
    for (;;) {
      const answer = await send(path, asking, { body })
      if (answer.status === 200) return answer
      const { status, retryAfter } = answer
      const text = await readShort(answer)
      asking.signal.throwIfAborted()
      const field = Object.keys(refusable).find(
        (one) => !refused.has(one) && refusable[one]?.test(text),
      )
      if (field === undefined || (status !== 400 && status !== 422)) {
        throw refusedWith(status, parsedJson(text), retryAfter)
      }
      refused.add(field)
    }
  }
  return { post, send, takes: (field) => !refused.has(field) }
}

/** Services whose URL names the version of their API take the key in a header of their own. */
const authorization = (
  key: string | undefined,
  namesVersion: boolean,
): { readonly authorization?: string; readonly 'api-key'?: string } => {
  if (key === undefined) return {}
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw sourceFailed('OPENAI_API_KEY holds white space or characters that no key has.')
  }
  return { authorization: `Bearer ${key}`, ...(namesVersion ? { 'api-key': key } : {}) }
}
