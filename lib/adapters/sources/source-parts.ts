import type { Clock, ServiceConversations } from '../../ports.ts'
import type { SecretName } from '../aws/aws-secrets.ts'
import type { ShowReasoning } from './shown-text.ts'

/** How a server of chat completions is asked to go on with an answer that its model began. */
export type Continuing = 'off' | 'prefix' | 'partial' | 'continue_final_message' | 'ask'

/** The variables that sources read, spelled as in the environment. */
export interface SourceSettings {
  /** May have a path and a query, and its path may end in a slash. */
  readonly OPENAI_BASE_URL: string
  readonly OPENAI_MODEL?: string | undefined
  readonly OPENAI_FALLBACK_MODEL?: string | undefined
  /** Fields of each request beside those that the source needs; null takes one away that is sent otherwise. */
  readonly OPENAI_PARAMETERS?: Readonly<Record<string, unknown>> | undefined
  /** Pictures are shown to the model. */
  readonly OPENAI_VISION?: boolean | undefined
  readonly OPENAI_TRANSCRIBE_MODEL?: string | undefined
  /** `chat` where it is absent. */
  readonly OPENAI_API?: 'chat' | 'responses' | undefined
  /** `off` where it is absent. */
  readonly OPENAI_CONTINUE?: Continuing | undefined
  /** Hidden where it is absent. */
  readonly SHOW_REASONING?: ShowReasoning | undefined
  readonly SYSTEM_PROMPT?: string | undefined
  readonly REPLY_SOURCE_URL?: string | undefined
  /** Ends in the version of Dify's API. */
  readonly DIFY_BASE_URL?: string | undefined
  readonly COZE_BASE_URL?: string | undefined
  readonly COZE_BOT_ID?: string | undefined
  /** Its path says which version of the protocol is spoken. */
  readonly ADP_URL?: string | undefined
}

/** What a source is made of; each takes what it needs. */
export interface SourceParts {
  readonly settings: SourceSettings
  readonly clock: Clock
  /** Never rejects: a conversation that is not remembered begins anew. */
  readonly conversations: ServiceConversations
  /** In [0, 1). */
  readonly random: () => number
  /** `undefined` where the secret is not configured; `fresh` reads it again. Throws `OutOfReach`. */
  readonly readSecret: (name: SecretName, fresh?: boolean) => Promise<string | undefined>
}
