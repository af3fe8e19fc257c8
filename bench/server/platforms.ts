import { type Fields, fieldsOf } from '../../lib/core/json.ts'

/** One call of another platform's client, and what it is answered. */
export interface PlatformCall {
  readonly conversation: string
  readonly does: 'append' | 'show' | 'none'
  readonly message: string
  readonly text: string
  readonly closes: boolean
  readonly answer: object
  /** The body of the answer that says "too fast", under status 429. */
  readonly tooFast: object
}

/** Telegram numbers its drafts from here on; the helper is told so. */
export const TELEGRAM_DRAFTS_FROM = 1_000

/** Telegram names conversations by number. */
export const TELEGRAM_CHATS = { warm: 1, run: 2 } as const

/**
 * Reads a call as Slack (`/slack/…`), Telegram (`/telegram/…`), Teams (`/teams/…`) or the thin adapter that posts and edits
 * (`/edit/…`) would. What is none of these shows nothing and is answered `{ok: true}`.
 */
export const readPlatformCall = (path: string, contentType: string, body: string): PlatformCall => {
  const [, platform = '', ...rest] = path.split('/')
  const fields = parse(contentType, body)
  const method = rest.at(-1) ?? ''
  switch (platform) {
    case 'slack':
      return slackCall(method, fields)
    case 'telegram':
      return telegramCall(method, fields)
    case 'teams':
      return teamsCall(rest, fields)
    case 'edit':
      return editCall(fields)
    default:
      return { ...nothing, conversation: 'other' }
  }
}

const nothing = {
  conversation: '',
  does: 'none',
  message: '',
  text: '',
  closes: false,
  answer: { ok: true },
  tooFast: { ok: false, error: 'ratelimited' },
} as const

const parse = (contentType: string, body: string): Fields => {
  if (contentType.includes('json')) return fieldsOf(JSON.parse(body))
  return Object.fromEntries(new URLSearchParams(body))
}

const stringOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

/** `chunks` comes as a list, or as JSON in a form's field. */
const markdownOf = ({ chunks, markdown_text, text }: Fields): string => {
  const list: unknown = typeof chunks === 'string' ? JSON.parse(chunks) : chunks
  const joined = Array.isArray(list) ? list.map((part) => stringOf(fieldsOf(part)['text'])) : []
  return joined.join('') + (stringOf(markdown_text) || stringOf(text))
}

const slackCall = (method: string, fields: Fields): PlatformCall => {
  const channel = stringOf(fields['channel'])
  const ts = stringOf(fields['ts']) || '1700000000.000200'
  const call = {
    ...nothing,
    conversation: channel.includes('warm') ? 'warm' : 'run',
    message: ts,
    text: markdownOf(fields),
    answer: { ok: true, ts, channel, message: { ts } },
  }
  switch (method) {
    case 'chat.startStream':
    case 'chat.appendStream':
      return { ...call, does: 'append' }
    case 'chat.stopStream':
      return { ...call, does: 'append', closes: true }
    case 'chat.postMessage':
    case 'chat.update':
      return { ...call, does: 'show' }
    default:
      return { ...call, text: '' }
  }
}

let sentMessages = 0

const telegramCall = (method: string, fields: Fields): PlatformCall => {
  const chat = Number(fields['chat_id'])
  const isDraft = method === 'sendMessageDraft'
  const draft = Number(fields['draft_id']) - TELEGRAM_DRAFTS_FROM
  sentMessages += 1
  return {
    ...nothing,
    conversation: chat === TELEGRAM_CHATS.warm ? 'warm' : 'run',
    does: 'show',
    message: isDraft ? `draft ${draft}` : 'next draft',
    text: stringOf(fields['text']),
    closes: !isDraft,
    answer: { ok: true, result: isDraft ? true : { message_id: sentMessages, chat: { id: chat } } },
    tooFast: {
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 1',
      parameters: { retry_after: 1 },
    },
  }
}

const teamsCall = (path: readonly string[], fields: Fields): PlatformCall => ({
  ...nothing,
  conversation: path[2] ?? '',
  does: 'show',
  message: 'activity',
  text: stringOf(fields['text']),
  closes: fields['type'] === 'message',
  answer: { id: 'activity' },
  tooFast: { error: { code: 'TooManyRequests', message: 'slow down' } },
})

const editCall = (fields: Fields): PlatformCall => ({
  ...nothing,
  conversation: stringOf(fields['conversation']),
  does: 'show',
  message: 'edited',
  text: stringOf(fields['text']),
  answer: { id: 'edited' },
})
