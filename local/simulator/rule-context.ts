import type { ServiceAnswer } from './answers.ts'
import type { MessageStore } from './messages.ts'
import type { ChatSettings } from './settings.ts'
import type { ViolationKind } from './violations.ts'

/** What the rules of one command work with. */
export interface RuleContext {
  readonly settings: ChatSettings
  readonly store: MessageStore
  /** Every robot that may send, in the order of creation. */
  readonly robots: Set<string>
  /** Records that a caller broke a rule. */
  readonly report: (kind: ViolationKind, sentence: string, atMs: number) => void
}

/** The rules of one command: what it changes, and what the service answers. */
export type CommandRule = (body: unknown, nowMs: number) => ServiceAnswer
