import { saidIn } from '../../../core/conversation/turn.ts'
import { type Fields, fieldsOf, parsedJson } from '../../../core/json.ts'
import { withoutTrailingSlashes } from '../../../core/text/trailing-slashes.ts'
import { digest } from '../../runtime/digest.ts'
import { LAST_BYTES_MS } from '../answer.ts'
import { pictureUrls } from '../question.ts'
import { PICTURE } from '../said.ts'
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

const name = 'DIFY_BASE_URL'
const secret = 'DIFY_API_KEY'

/** The same for all turns of a user, and no more: Dify need not know who it is. */
const userOf = ({ request }: Asked): string => {
  const { from, to } = request.turn.conversation
  return digest([from, to])
}

const bodyOf = (asked: Asked) => {
  const { turn } = asked.request
  const { text } = turn
  const files = pictureUrls(turn).map((url) => ({
    type: 'image',
    transfer_method: 'remote_url',
    url,
  }))
  return {
    inputs: {},
    query: saidIn(text.trim() === '' ? { ...turn, text: PICTURE } : turn),
    response_mode: 'streaming',
    user: userOf(asked),
    conversation_id: asked.conversation ?? '',
    auto_generate_name: false,
    ...(files.length > 0 ? { files } : {}),
  }
}

const wrongKey = 'DIFY_API_KEY is wrong: it must be the API key of the app'
const troubles: ReadonlyMap<unknown, Omit<Trouble, 'code'>> = new Map<
  unknown,
  Omit<Trouble, 'code'>
>([
  ['unauthorized', { class: 'wrong-key', advice: wrongKey }],
  [
    'app_unavailable',
    {
      class: 'lasting',
      advice: "publish the app, and choose a model that it may use, in Dify's console",
    },
  ],
  [
    'provider_not_initialize',
    { class: 'lasting', advice: "the app's model has no key in Dify's console" },
  ],
  [
    'provider_quota_exceeded',
    { class: 'lasting', advice: "the quota of the app's model is used up" },
  ],
  ['model_currently_not_support', { class: 'lasting', advice: 'choose another model for the app' }],
  ['completion_request_error', { class: 'passing', advice: "the app's model failed" }],
  ['not_chat_app', { class: 'lasting', advice: 'the app must be a chat app, chatflow or agent' }],
  [
    'invalid_param',
    {
      class: 'lasting',
      advice: 'the app needs inputs that a chat does not have, or takes no pictures',
    },
  ],
  ['not_found', { class: 'no-conversation', advice: `${name} is probably wrong` }],
])

const refusal = (status: number, body: unknown): Trouble => {
  const { code } = fieldsOf(body)
  const known = troubles.get(code)
  if (known !== undefined && status !== 429) return { ...known, code }
  if (status === 401 || status === 403) return { class: 'wrong-key', code, advice: wrongKey }
  if (status === 404) return { class: 'no-conversation', code, advice: `${name} is probably wrong` }
  return troubleOfStatus(status, code, name)
}

/** An error in a stream names a status, too. */
const failure = ({ status, code }: Fields): Trouble =>
  refusal(typeof status === 'number' ? status : 500, { code })

const reader = (): EventReader => {
  let isAgent = false
  const answerOf = ({ event, answer }: Fields): readonly PlatformEvent[] => {
    if (typeof answer !== 'string') return []
    if (event === 'agent_message') {
      isAgent = true
      return saidIf('text', answer)
    }
    if (event === 'message_replace') return [{ kind: 'replaced', text: answer }]
    // An agent of the newer kind tells all of its answer once more at the end.
    const repeats = isAgent && event === 'message'
    isAgent = false
    return repeats ? [{ kind: 'whole', text: answer }] : saidIf('text', answer)
  }
  const begunBy = ({ conversation_id, task_id }: Fields): readonly PlatformEvent[] => {
    const begun = { ...nameIf('conversation', conversation_id), ...nameIf('task', task_id) }
    return Object.keys(begun).length === 0 ? [] : [{ kind: 'begun', ...begun }]
  }
  return ({ data, event: named }) => {
    const fields = fieldsOf(parsedJson(data))
    const event = fields['event'] ?? named
    switch (event) {
      case 'message':
      case 'agent_message':
      case 'message_replace':
        return [...begunBy(fields), ...answerOf({ ...fields, event })]
      case 'message_end': {
        const { usage } = fieldsOf(fields['metadata'])
        const { prompt_tokens, completion_tokens } = fieldsOf(usage)
        return [
          ...usageOf(prompt_tokens, completion_tokens),
          { kind: 'ended', waitMs: LAST_BYTES_MS },
        ]
      }
      case 'error':
        return failed(failure(fields))
      case undefined:
        // An answer that is no stream: only errors come like that.
        return 'code' in fields ? failed(failure(fields)) : []
      default:
        return begunBy(fields)
    }
  }
}

/** An app of Dify, by its API for chats, streamed. Thoughts of agents are not shown. */
export const dify = (parts: SourceParts) => {
  const base = withoutTrailingSlashes(parts.settings.DIFY_BASE_URL ?? '')
  const platform: Platform = {
    title: 'Dify',
    name,
    secret,
    ask: (asked) => ({
      url: `${base}/chat-messages`,
      headers: bearerHeaders(asked),
      body: JSON.stringify(bodyOf(asked)),
    }),
    reader,
    refusal,
    cancel: (asked, { task }) =>
      task === undefined
        ? undefined
        : {
            url: `${base}/chat-messages/${encodeURIComponent(task)}/stop`,
            headers: bearerHeaders(asked),
            body: JSON.stringify({ user: userOf(asked) }),
          },
  }
  return Object.assign(platformSource(platform, parts), { takes: ['image'] as const })
}
