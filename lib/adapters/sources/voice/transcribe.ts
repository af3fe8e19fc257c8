import type { SourceRequest } from '../../../core/conversation/source-request.ts'
import { fieldsOf, parsedJson } from '../../../core/json.ts'
import { withoutTrailingSlashes } from '../../../core/text/trailing-slashes.ts'
import { digest } from '../../runtime/digest.ts'
import { type Answer, postOnce } from '../answer.ts'
import { postWithSecret } from '../post-with-secret.ts'
import { readShort } from '../read-short.ts'
import { refusedWith } from '../reported-error.ts'
import { sourceFailed } from '../source-failed.ts'
import type { SourceParts } from '../source-parts.ts'
import { countTries } from '../tries.ts'
import type { Sound } from './fetch-sound.ts'

const name = 'OPENAI_BASE_URL'

/** The words of a sound, by `/audio/transcriptions` of the model's server. Throws as a source does. */
export const transcribe = async (
  parts: SourceParts,
  model: string,
  sound: Sound,
  request: SourceRequest,
): Promise<string> => {
  const tries = countTries(parts, request.signal)
  const [base = '', query] = parts.settings.OPENAI_BASE_URL.split('?', 2)
  const url = `${withoutTrailingSlashes(base)}/audio/transcriptions${query === undefined ? '' : `?${query}`}`
  const boundary = digest([request.turn.replyId, sound.bytes.length])
  const body = formOf(boundary, model, sound)
  const post = (key: string | undefined): Promise<Answer> => {
    const own = { 'content-type': `multipart/form-data; boundary=${boundary}` }
    const headers =
      key === undefined ? own : { ...own, authorization: `Bearer ${key}`, 'api-key': key }
    return postOnce({ url, name, headers, body }, parts.clock, request)
  }
  for (;;) {
    try {
      return await wordsIn(await postWithSecret(parts.readSecret, 'OPENAI_API_KEY', post))
    } catch (error) {
      if (!(await tries.again(error))) throw error
    }
  }
}

const wordsIn = async (answer: Answer): Promise<string> => {
  const { status, retryAfter } = answer
  const body = parsedJson(await readShort(answer))
  if (status !== 200) throw refusedWith(status, body, retryAfter)
  const { text } = fieldsOf(body)
  if (typeof text === 'string') return text.trim()
  throw sourceFailed("The model's server answered /audio/transcriptions without a text.")
}

/** Servers tell the kind of a sound by the end of its name. */
const endings: ReadonlyMap<string, string> = new Map([
  ['audio/mpeg', 'mp3'],
  ['audio/mp3', 'mp3'],
  ['audio/wav', 'wav'],
  ['audio/x-wav', 'wav'],
  ['audio/wave', 'wav'],
  ['audio/ogg', 'ogg'],
  ['application/ogg', 'ogg'],
  ['audio/webm', 'webm'],
  ['video/webm', 'webm'],
  ['audio/flac', 'flac'],
  ['audio/amr', 'amr'],
])

const formOf = (boundary: string, model: string, { bytes, contentType }: Sound): Buffer => {
  const file = `voice.${endings.get(contentType) ?? 'm4a'}`
  const part = (head: string) => `--${boundary}\r\ncontent-disposition: form-data; ${head}`
  return Buffer.concat([
    Buffer.from(`${part('name="model"')}\r\n\r\n${model}\r\n`),
    Buffer.from(`${part('name="response_format"')}\r\n\r\njson\r\n`),
    Buffer.from(
      `${part(`name="file"; filename="${file}"`)}\r\ncontent-type: ${contentType}\r\n\r\n`,
    ),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
}
