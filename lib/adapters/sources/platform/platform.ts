import type { SourceRequest, SourceUsage } from '../../../core/conversation/source-request.ts'
import type { SecretName } from '../../aws/aws-secrets.ts'
import type { SourcePost } from '../answer.ts'
import type { RawEvent } from '../completion-body.ts'
import type { Said } from '../said.ts'

/** What goes wrong at a platform, and what its owner may do. */
export interface Trouble {
  /**
   * `withheld`: it will not say this; `passing`: it may answer soon; `wrong-key` and `no-conversation`: it does not know what it
   * was given; `lasting`: all else.
   */
  readonly class: 'withheld' | 'passing' | 'wrong-key' | 'no-conversation' | 'lasting'
  /** What the platform calls it; shown where it is no more than a code. */
  readonly code: unknown
  /** The end of a sentence that says what to mend; absent where there is nothing to say. */
  readonly advice?: string
}

/** What one event of a platform's stream tells. */
export type PlatformEvent =
  /** The answer has begun, in this conversation, as this task: absent where the platform does not name them. */
  | { readonly kind: 'begun'; readonly conversation?: string; readonly task?: string }
  /** More of the answer, or of what its model says to itself. */
  | { readonly kind: 'said'; readonly said: Said }
  /** All of the answer, of which some or all may have been said. */
  | { readonly kind: 'whole'; readonly text: string }
  /** What stands in the place of all that was said: the platform has taken that back. */
  | { readonly kind: 'replaced'; readonly text: string }
  | { readonly kind: 'usage'; readonly usage: SourceUsage }
  /** All was said; what may follow is waited for so long, in ms. */
  | { readonly kind: 'ended'; readonly waitMs: number }
  | { readonly kind: 'failed'; readonly trouble: Trouble }

/** Reads the events of one answer, in their order. Never throws. */
export type EventReader = (event: RawEvent) => readonly PlatformEvent[]

/** What a platform is asked with. */
export interface Asked {
  readonly request: SourceRequest
  /** Absent where nobody has configured one. */
  readonly key: string | undefined
  /** What the platform knows the conversation by; absent where it is to begin one. */
  readonly conversation: string | undefined
}

/** An answer that has begun. */
export interface Begun {
  readonly conversation?: string
  readonly task?: string
}

type PlatformPost = Omit<SourcePost, 'name'>

/** A service that runs bots of its own, and remembers their conversations. */
export interface Platform {
  /** As messages for the bot's owner call it. */
  readonly title: string
  /** The variable that holds its URL. */
  readonly name: string
  readonly secret: SecretName
  readonly ask: (asked: Asked) => PlatformPost
  readonly reader: () => EventReader
  /** What a status other than 200, and the body with it, mean. */
  readonly refusal: (status: number, body: unknown) => Trouble
  /** Names a new conversation; absent where the platform does. */
  readonly newConversation?: (request: SourceRequest) => string
  /** Tells it that nobody wants the rest; absent where closing the connection does. */
  readonly cancel?: (asked: Asked, begun: Begun) => PlatformPost | undefined
}

/** Asks for a stream, with the platform's key where there is one. */
export const bearerHeaders = ({ key }: Asked) => ({
  accept: 'text/event-stream',
  ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
})

/** What a status means that nothing else explains. */
export const troubleOfStatus = (status: number, code: unknown, name: string): Trouble => {
  if (status === 429) return { class: 'passing', code, advice: 'too many requests' }
  if (status === 408 || status === 409 || status === 425 || status >= 500)
    return { class: 'passing', code, advice: 'it is in trouble or overloaded' }
  if (status >= 300 && status < 400) {
    const advice = `redirects are not followed, ${name} must be the final address`
    return { class: 'lasting', code, advice }
  }
  return { class: 'lasting', code, advice: `${name} is probably wrong` }
}

/** Text of an answer; nothing where there is none. */
export const saidIf = (kind: Said['kind'], text: unknown): readonly PlatformEvent[] =>
  typeof text === 'string' && text !== '' ? [{ kind: 'said', said: { kind, text } }] : []

export const failed = (trouble: Trouble): readonly PlatformEvent[] => [{ kind: 'failed', trouble }]

/** Usage, where both numbers are there. */
export const usageOf = (input: unknown, output: unknown): readonly PlatformEvent[] =>
  typeof input === 'number' && typeof output === 'number'
    ? [{ kind: 'usage', usage: { inputTokens: input, outputTokens: output } }]
    : []

/** A field of this name where the value is a text that is not empty. */
export const nameIf = <Name extends string>(
  name: Name,
  value: unknown,
): { readonly [Key in Name]?: string } =>
  typeof value === 'string' && value !== '' ? ({ [name]: value } as Record<Name, string>) : {}
