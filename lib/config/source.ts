import * as v from 'valibot'
import { json, off, oneOf, pattern, url, urlWithQuery, withDefault } from './kinds.ts'

const isParameters = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !['model', 'messages', 'stream'].some((field) => field in value)

const PARAMETERS_RULE =
  'must be a JSON object such as {"temperature":0.3}, without model, messages and stream'
/** Fields of each request to a model, beside those that the source needs. */
const parameters = () =>
  v.optional(
    v.pipe(
      v.string(),
      json(PARAMETERS_RULE),
      v.custom<Readonly<Record<string, unknown>>>(isParameters, PARAMETERS_RULE),
    ),
  )

const key = () => v.optional(pattern(/^[\x21-\x7e]+$/, 'must not hold white space'))
const continuations = ['off', 'prefix', 'partial', 'continue_final_message', 'ask'] as const

/** What says where a turn's reply comes from. */
export const sourceVariables = <Source extends string>(sources: readonly Source[]) => ({
  REPLY_SOURCE: v.pipe(
    v.optional(v.string(), 'echo'),
    v.picklist(sources, `must be one of ${sources.join(', ')}`),
  ),
  OPENAI_BASE_URL: v.optional(urlWithQuery, 'https://api.openai.com/v1'),
  OPENAI_API_KEY: key(),
  OPENAI_MODEL: v.optional(v.string()),
  OPENAI_FALLBACK_MODEL: v.optional(v.string()),
  OPENAI_PARAMETERS: parameters(),
  OPENAI_VISION: off,
  OPENAI_TRANSCRIBE_MODEL: v.optional(v.string()),
  OPENAI_API: oneOf('chat', 'responses'),
  OPENAI_CONTINUE: v.optional(
    v.picklist(continuations, `must be one of ${continuations.join(', ')}`),
    'off',
  ),
  SHOW_REASONING: oneOf('hide', 'quote'),
  SYSTEM_PROMPT: v.optional(v.string()),
  REPLY_SOURCE_URL: v.optional(url),
  DIFY_BASE_URL: v.optional(url, 'https://api.dify.ai/v1'),
  DIFY_API_KEY: key(),
  COZE_BASE_URL: v.optional(url, 'https://api.coze.cn'),
  COZE_API_TOKEN: key(),
  COZE_BOT_ID: v.optional(pattern(/^[\w-]{1,64}$/, 'must be the number of the bot')),
  ADP_URL: v.optional(url, 'https://wss.lke.tencentcloud.com/v1/qbot/chat/sse'),
  ADP_APP_KEY: key(),
  SOURCE_TIMEOUT_MS: withDefault(60_000, 100, 280_000),
  ANSWER_LIMIT_MS: withDefault(1_800_000, 1_000, 86_400_000),
  HISTORY_TURNS: withDefault(10, 0, 100),
})
