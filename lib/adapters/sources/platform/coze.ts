import { type Fields, fieldsOf, parsedJson, scalarText } from '../../../core/json.ts'
import { withoutTrailingSlashes } from '../../../core/text/trailing-slashes.ts'
import { digest } from '../../runtime/digest.ts'
import { LAST_BYTES_MS } from '../answer.ts'
import { pictureUrls, wordsOf } from '../question.ts'
import type { SourceParts } from '../source-parts.ts'
import {
  type Asked,
  bearerHeaders,
  type EventReader,
  failed,
  nameIf,
  type Platform,
  type PlatformEvent,
  saidIf,
  type Trouble,
  troubleOfStatus,
  usageOf,
} from './platform.ts'
import { platformSource } from './platform-source.ts'

const name = 'COZE_BASE_URL'
const secret = 'COZE_API_TOKEN'

/** Pictures stand beside the text in a list, which is written as JSON into the text's place. */
const questionOf = ({ request }: Asked) => {
  const text = wordsOf(request.turn)
  const pictures = pictureUrls(request.turn).map((url) => ({ type: 'image', file_url: url }))
  const question = { role: 'user', type: 'question' }
  if (pictures.length === 0) return { ...question, content_type: 'text', content: text }
  const parts = [...(text === '' ? [] : [{ type: 'text', text }]), ...pictures]
  return { ...question, content_type: 'object_string', content: JSON.stringify(parts) }
}

const bodyOf = (asked: Asked, bot: string) => {
  const { from, to } = asked.request.turn.conversation
  return {
    bot_id: bot,
    // Tells users apart, but not who they are.
    user_id: digest([from, to]),
    stream: true,
    auto_save_history: true,
    additional_messages: [questionOf(asked)],
  }
}

const wrongKey = 'COZE_API_TOKEN is wrong, has run out, or may not chat'
const troubles: ReadonlyMap<string, Omit<Trouble, 'code'>> = new Map<string, Omit<Trouble, 'code'>>(
  [
    ['4000', { class: 'lasting', advice: 'COZE_BOT_ID is wrong, or the bot does not take this' }],
    ['4013', { class: 'passing', advice: 'too many requests' }],
    [
      '4015',
      { class: 'lasting', advice: 'publish the bot to the channel API, and set COZE_BOT_ID to it' },
    ],
    ['4016', { class: 'passing', advice: 'it still answers in the same conversation' }],
    ['4028', { class: 'lasting', advice: 'the account has no credit left' }],
    ['4100', { class: 'wrong-key', advice: wrongKey }],
    [
      '4101',
      { class: 'lasting', advice: 'the token may not use the bot: give it the permission to chat' },
    ],
    ['4200', { class: 'no-conversation', advice: 'it does not know COZE_BOT_ID' }],
    ['5000', { class: 'passing', advice: 'it is in trouble or overloaded' }],
    ['700012006', { class: 'wrong-key', advice: wrongKey }],
  ],
)

const troubleOf = (code: unknown, otherwise: Trouble): Trouble => {
  const known = troubles.get(scalarText(code))
  return known === undefined ? otherwise : { ...known, code }
}

const refusal = (status: number, body: unknown): Trouble => {
  const { code } = fieldsOf(body)
  if (status === 429) return troubleOfStatus(status, code, name)
  const isKey = status === 401 || status === 403
  return troubleOf(
    code,
    isKey ? { class: 'wrong-key', code, advice: wrongKey } : troubleOfStatus(status, code, name),
  )
}

const failure = ({ code }: Fields): readonly PlatformEvent[] =>
  failed(troubleOf(code, { class: 'lasting', code }))

const reader = (): EventReader => {
  /** What each message of the bot has said, by its id: it is told once more at its end. */
  const told = new Map<string, string>()

  const say = (id: string, text: string): readonly PlatformEvent[] => {
    if (text === '') return []
    // Another message of the same answer stands in a paragraph of its own.
    const apart = told.size > 0 && !told.has(id) ? '\n\n' : ''
    told.set(id, (told.get(id) ?? '') + text)
    return saidIf('text', apart + text)
  }
  const messageOf = (fields: Fields, isWhole: boolean): readonly PlatformEvent[] => {
    const { id, type, content, reasoning_content: thoughts } = fields
    if (type !== 'answer') return []
    const message = scalarText(id)
    const text = typeof content === 'string' ? content : ''
    if (!isWhole) return [...saidIf('reasoning', thoughts), ...say(message, text)]
    const before = told.get(message) ?? ''
    return text.startsWith(before) ? say(message, text.slice(before.length)) : []
  }
  const chatOf = ({ id, conversation_id }: Fields): readonly PlatformEvent[] => [
    { kind: 'begun', ...nameIf('conversation', conversation_id), ...nameIf('task', id) },
  ]
  return ({ data, event }) => {
    const fields = fieldsOf(parsedJson(data))
    switch (event) {
      case 'conversation.chat.created':
      case 'conversation.chat.in_progress':
        return chatOf(fields)
      case 'conversation.message.delta':
        return messageOf(fields, false)
      case 'conversation.message.completed':
        return messageOf(fields, true)
      case 'conversation.chat.completed': {
        const { input_count, output_count } = fieldsOf(fields['usage'])
        return [...usageOf(input_count, output_count), { kind: 'ended', waitMs: LAST_BYTES_MS }]
      }
      case 'conversation.chat.failed':
        return failure(fieldsOf(fields['last_error']))
      case 'conversation.chat.requires_action':
        return failed({
          class: 'lasting',
          code: '',
          advice: 'the bot waits for a tool that its caller must run: leave such plugins away',
        })
      case 'error':
        return failure(fields)
      case undefined:
        // Errors before the stream come as JSON, under status 200.
        return 'code' in fields ? failure(fields) : []
      default:
        return []
    }
  }
}

/** A bot of Coze, by its chats of the third version, streamed. */
export const coze = (parts: SourceParts) => {
  const { COZE_BASE_URL = '', COZE_BOT_ID: bot } = parts.settings
  if (bot === undefined) throw new Error('COZE_BOT_ID is missing: the bot that answers.')
  const base = withoutTrailingSlashes(COZE_BASE_URL)
  const platform: Platform = {
    title: 'Coze',
    name,
    secret,
    ask: (asked) => ({
      url: `${base}/v3/chat${queryOf({ conversation_id: asked.conversation })}`,
      headers: bearerHeaders(asked),
      body: JSON.stringify(bodyOf(asked, bot)),
    }),
    reader,
    refusal,
    cancel: (asked, { conversation, task }) => {
      if (conversation === undefined || task === undefined) return undefined
      // Clients of Coze's own differ in where they put them.
      const ids = { conversation_id: conversation, chat_id: task }
      return {
        url: `${base}/v3/chat/cancel${queryOf(ids)}`,
        headers: bearerHeaders(asked),
        body: JSON.stringify(ids),
      }
    },
  }
  return Object.assign(platformSource(platform, parts), { takes: ['image'] as const })
}

const queryOf = (fields: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(fields).flatMap(([field, value]) =>
    value === undefined ? [] : [[field, value] as const],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(given))}`
}
