/** One token of a model's stream. */
export interface TraceToken {
  /** Milliseconds since the first token. */
  readonly t: number
  readonly text: string
}

/** What goes wrong with one answer. `after` counts the tokens that are sent first. */
export type ModelFault =
  | { readonly kind: 'none' }
  /** Not even the head of an answer comes. */
  | { readonly kind: 'never-starts' }
  /** The connection stays open, and nothing more comes. */
  | { readonly kind: 'hangs-after'; readonly after: number }
  /** The connection breaks. */
  | { readonly kind: 'dies-after'; readonly after: number }
  /** The stream ends in good order, but without `finish_reason` and `[DONE]`. */
  | { readonly kind: 'ends-early'; readonly after: number }
  /** An `error` object comes in the stream. */
  | { readonly kind: 'error-event'; readonly after: number }
  /** The request is refused; the body quotes the key and the conversation, as some servers' do. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Something else answers, with status 200. */
  | { readonly kind: 'html' }

/** A text as a trace: a word at a time, or a character of a script without spaces. */
export const traceOf = (text: string, tokensPerSecond = 30): readonly TraceToken[] =>
  (
    text.match(
      /\s*[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|\s*[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+|\s+/gu,
    ) ?? []
  ).map((token, index) => ({ t: Math.round((index * 1_000) / tokensPerSecond), text: token }))

const chunk = (model: string, rest: object): string =>
  event({ id: 'chatcmpl-trace', object: 'chat.completion.chunk', created: 0, model, ...rest })

const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`

/** The events of a streamed chat completion, as text. */
export const completionEvents = (model: string) => ({
  first: chunk(model, {
    choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
  }),
  token: (content: string) =>
    chunk(model, { choices: [{ index: 0, delta: { content }, finish_reason: null }] }),
  last: chunk(model, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  usage: (inputTokens: number, outputTokens: number) =>
    chunk(model, {
      choices: [],
      usage: {
        prompt_tokens: inputTokens,
        completion_tokens: outputTokens,
        total_tokens: inputTokens + outputTokens,
      },
    }),
  error: event({ error: { message: 'The model fell over.', type: 'server_error', code: null } }),
  done: 'data: [DONE]\n\n',
})
