import { fieldsOf } from '../../lib/core/json.ts'

/** The platforms that can be played, each in its own wire format. */
export type PlatformKind = 'dify' | 'coze' | 'adp-v1' | 'adp-v2'

/** What one platform says on the wire. */
export interface PlatformWire {
  /** Where it is asked. */
  readonly path: string
  /** Where it is told to stop, with the id of the answer in it; absent where closing the connection does. */
  readonly stopPath?: RegExp
  /** What names the conversation in a request; empty where the request begins one. */
  readonly conversationOf: (url: URL, body: unknown) => string
  readonly events: (ids: PlatformIds) => PlatformScript
}

interface PlatformIds {
  readonly conversation: string
  /** Names the answer. */
  readonly task: string
  readonly question: string
}

/** The events of one answer, each as text. */
export interface PlatformScript {
  readonly first: readonly string[]
  readonly token: (text: string) => string
  /** What keeps a connection alive while there is no text. */
  readonly ping: string
  readonly last: (told: string) => readonly string[]
  readonly error: string
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
const named = (event: string, value: unknown): string =>
  `event:${event}\ndata:${JSON.stringify(value)}\n\n`
const INPUT_TOKENS = 10
const OUTPUT_TOKENS = 20

const dify: PlatformWire = {
  path: '/v1/chat-messages',
  stopPath: /^\/v1\/chat-messages\/([^/]+)\/stop$/,
  conversationOf: (_, body) => String(fieldsOf(body)['conversation_id'] ?? ''),
  events: ({ conversation, task }) => {
    const ids = { conversation_id: conversation, task_id: task, message_id: `m-${task}` }
    return {
      first: [data({ event: 'workflow_started', ...ids, data: { id: 'w-1' } })],
      token: (answer) => data({ event: 'message', ...ids, answer }),
      ping: 'event: ping\n\n',
      last: () => [
        data({
          event: 'message_end',
          ...ids,
          metadata: { usage: { prompt_tokens: INPUT_TOKENS, completion_tokens: OUTPUT_TOKENS } },
        }),
      ],
      error: data({
        event: 'error',
        ...ids,
        status: 400,
        code: 'provider_quota_exceeded',
        message: 'The model fell over.',
      }),
    }
  },
}

const coze: PlatformWire = {
  path: '/v3/chat',
  stopPath: /^\/v3\/chat\/cancel$/,
  conversationOf: (url) => url.searchParams.get('conversation_id') ?? '',
  events: ({ conversation, task }) => {
    const chat = { id: task, conversation_id: conversation, bot_id: 'bot-1' }
    const message = { ...chat, id: `m-${task}`, role: 'assistant', content_type: 'text' }
    const answer = { ...message, type: 'answer' }
    return {
      first: [
        named('conversation.chat.created', { ...chat, status: 'created' }),
        named('conversation.chat.in_progress', { ...chat, status: 'in_progress' }),
      ],
      token: (content) => named('conversation.message.delta', { ...answer, content }),
      ping: 'event:ping\ndata:{}\n\n',
      last: (told) => [
        named('conversation.message.completed', { ...answer, content: told }),
        named('conversation.message.completed', {
          ...message,
          id: 'v-1',
          type: 'verbose',
          content: '{"msg_type":"generate_answer_finish"}',
        }),
        named('conversation.chat.completed', {
          ...chat,
          status: 'completed',
          usage: { input_count: INPUT_TOKENS, output_count: OUTPUT_TOKENS },
        }),
        'event:done\ndata:"[DONE]"\n\n',
      ],
      error: named('conversation.chat.failed', {
        ...chat,
        status: 'failed',
        last_error: { code: 4028, msg: 'The model fell over.' },
      }),
    }
  },
}

const adpV1: PlatformWire = {
  path: '/v1/qbot/chat/sse',
  conversationOf: (_, body) => String(fieldsOf(body)['session_id'] ?? ''),
  events: ({ conversation, question }) => {
    const reply = (payload: object): string =>
      named('reply', { type: 'reply', payload: { session_id: conversation, ...payload } })
    const procedures = [{ input_count: INPUT_TOKENS, output_count: OUTPUT_TOKENS }]
    return {
      first: [
        reply({ content: question, is_from_self: true, is_final: true }),
        named('thought', { type: 'thought', payload: { procedures: [{ title: 'Hm.' }] } }),
      ],
      token: (content) => reply({ content, is_from_self: false, is_final: false }),
      ping: ': alive\n\n',
      last: () => [
        reply({ content: '', is_from_self: false, is_final: true }),
        named('token_stat', { type: 'token_stat', payload: { procedures } }),
      ],
      error: named('error', {
        type: 'error',
        error: { code: 460032, message: 'The model fell over.' },
      }),
    }
  },
}

const adpV2: PlatformWire = {
  path: '/adp/v2/chat',
  conversationOf: (_, body) => String(fieldsOf(body)['ConversationId'] ?? ''),
  events: ({ task }) => {
    const message = (id: string, type: string) =>
      named('message.added', { Message: { Type: type, MessageId: id } })
    const delta = (id: string, text: string) =>
      named('text.delta', { MessageId: id, ContentIndex: 0, Text: text })
    return {
      first: [
        named('request_ack', { RequestId: task }),
        named('response.created', { Response: { ResponseId: task } }),
        message('t-1', 'thought'),
        delta('t-1', 'Hm.'),
        message('r-1', 'reply'),
      ],
      token: (text) => delta('r-1', text),
      ping: named('response.processing', {}),
      last: () => [
        named('message.done', { Message: { MessageId: 'r-1' } }),
        named('response.completed', {
          Response: { StatInfo: { InputTokens: INPUT_TOKENS, OutputTokens: OUTPUT_TOKENS } },
        }),
        'event:done\ndata:[DONE]\n\n',
      ],
      error: named('error', { Error: { Code: 460032, Message: 'The model fell over.' } }),
    }
  },
}

export const platformWires: Readonly<Record<PlatformKind, PlatformWire>> = {
  dify,
  coze,
  'adp-v1': adpV1,
  'adp-v2': adpV2,
}
