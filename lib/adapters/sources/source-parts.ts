import type { Clock } from '../../ports.ts'
import type { SecretName } from '../aws/aws-secrets.ts'

/** The variables that sources read, spelled as in the environment. */
export interface SourceSettings {
  /** May have a path, and may end in a slash. */
  readonly OPENAI_BASE_URL: string
  readonly OPENAI_MODEL?: string | undefined
  readonly SYSTEM_PROMPT?: string | undefined
  readonly REPLY_SOURCE_URL?: string | undefined
}

/** What a source is made of; each takes what it needs. */
export interface SourceParts {
  readonly settings: SourceSettings
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** `undefined` where the secret is not configured; `fresh` reads it again. Throws `OutOfReach`. */
  readonly readSecret: (name: SecretName, fresh?: boolean) => Promise<string | undefined>
}
