/** What a client's process is told on its command line. */
export interface ClientJob {
  readonly helper: HelperName
  readonly options: HelperOptions
  readonly trace: string
  /** One reply for each, all at once. */
  readonly urls: readonly string[]
  /** The source fails after so many tokens. */
  readonly failsAfterTokens?: number
  /** Environment of our own functions. */
  readonly env?: Readonly<Record<string, string>>
}

export interface HelperOptions {
  readonly gapMs?: number
  readonly bufferChars?: number
  /** True: the record is kept in DynamoDB, and calls are made within the shared budget. */
  readonly dynamo?: boolean
  /** The text is known whole, and appears at so many characters a second. */
  readonly wholeAt?: number
}

export type HelperName =
  | 'ours'
  | 'awaited'
  | 'reference'
  | 'slack'
  | 'chat-slack'
  | 'chat-edit'
  | 'grammy'
  | 'teams'

/** What the process says of itself when its replies are over. */
export interface ClientReport {
  /** When each reply's first token was made, Unix ms. */
  readonly startedAtMs: readonly number[]
  /** What the helper threw; absent where it reported success. */
  readonly errors: readonly (string | undefined)[]
  /** From the first token to the end, user and system, of the whole process. */
  readonly cpuMs: number
  readonly maxRssBytes: number
}

/** Writes one reply from its deltas. */
type Deliver = (deltas: AsyncIterable<string>) => Promise<void>

/** Opens a reply in a conversation, `warm` or `run`: all that happens before a source gives its first token. */
type Open = (conversation: 'warm' | 'run') => Promise<Deliver>

export type Helper = (
  url: string,
  options: HelperOptions,
  env: Readonly<Record<string, string>>,
) => Promise<Open>
