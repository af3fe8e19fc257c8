/** Every figure that the functions publish, and its unit as CloudWatch spells it. */
export const metricUnits = {
  /** From the user's message, or the reply's beginning, to the first text that was applied. */
  FirstTextMs: 'Milliseconds',
  /** The longest that any text of a reply waited between its source and the service. */
  LagMs: 'Milliseconds',
  /** From the reply's beginning to its end. */
  ReplyDurationMs: 'Milliseconds',
  /** From the user's message to the end of its answer. */
  TurnDurationMs: 'Milliseconds',
  /** Calls of `send_stream_msg` of a reply, repeated ones included. */
  Calls: 'Count',
  Retries: 'Count',
  /** Calls whose answer never came. */
  LostAnswers: 'Count',
  /** Chunks of which nobody could tell whether they were applied. */
  InDoubt: 'Count',
  /** Messages of a reply beside its first. */
  Rollovers: 'Count',
  /** Replies that ended `failed`; dimension `reason`. */
  RepliesFailed: 'Count',
  /** Replies that the service refused; dimension `code`. */
  Refused: 'Count',
  /** Open replies without a writer that a sweep found. */
  Orphans: 'Count',
  /** Replies that the sweeper tried so often that it gave them up. */
  Poisoned: 'Count',
  /** From Tencent's event to our answer. */
  CallbackMs: 'Milliseconds',
  /** Answers that a user's thumb is up, or down, for. */
  ThumbsUp: 'Count',
  ThumbsDown: 'Count',
  /** Turns that were answered as busy, since their user sends more than is answered. */
  TurnsOverLimit: 'Count',
  /** What models have read and written, where they say so. */
  Tokens: 'Count',
  /** Callbacks with a wrong signature, application or time. */
  CallbacksRefused: 'Count',
} as const

export type MetricName = keyof typeof metricUnits

/** One observation of each. */
export type MetricValues = { readonly [Name in MetricName]?: number }
