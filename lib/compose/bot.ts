import { historyIn } from '#stores'
import { systemClock } from '../adapters/runtime/system-clock.ts'
import { replySources } from '../adapters/sources/index.ts'
import type { BotConfig, WorkerConfig } from '../config.ts'
import type { Turn } from '../core/conversation/turn.ts'
import type { ConversationHistory, InvocationSignals } from '../ports.ts'
import { answerByRule } from '../use-cases/answer-by-rule.ts'
import { type AnsweringBot, runTurn, type TurnOutcome } from '../use-cases/run-turn.ts'
import { typingUntilText } from '../use-cases/typing-until-text.ts'
import { composeConversations } from './conversations.ts'
import type { ReadSecret } from './secrets.ts'
import { noticesOf, type Writer } from './writer.ts'

export type SourceName = keyof typeof replySources

/** The names of the sources, as `REPLY_SOURCE` gives them. */
export const sourceNames = Object.keys(replySources) as readonly SourceName[]

/** Answers one turn; see `runTurn`. */
type AnswerTurn = (turn: Turn, signals: InvocationSignals) => Promise<TurnOutcome>

interface Bot extends AnsweringBot {
  readonly answer: AnswerTurn
}

interface Bots {
  /** Answers one turn, as its bot does. */
  readonly answer: AnswerTurn
  /** The bot of this account. */
  readonly of: (account: string | undefined) => AnsweringBot
}

/** How each bot answers: by `bots.yml` where it stands there, else by the environment. */
export const composeBots = (
  config: WorkerConfig<SourceName>,
  bots: ReadonlyMap<string, BotConfig<SourceName>>,
  writer: Writer,
): Bots => {
  const others = composeBot(config, writer, writer.readSecret)
  const named = new Map(
    [...bots].map(([account, { config: own, secrets }]) => {
      return [account, composeBot(own, writer, secretsOf(writer.readSecret, secrets))]
    }),
  )
  const of = (account: string | undefined): Bot => named.get(account ?? '') ?? others
  return { of, answer: (turn, signals) => of(turn.conversation.from).answer(turn, signals) }
}

/** A bot's own keys go before those of all. */
const secretsOf =
  (readSecret: ReadSecret, own: BotConfig<SourceName>['secrets']): ReadSecret =>
  async (name, fresh) => {
    const given = own.get(name)
    if (given === undefined) return readSecret(name, fresh)
    return 'field' in given ? readSecret(`field:${given.field}`, fresh) : given.value
  }

const composeBot = (
  config: WorkerConfig<SourceName>,
  writer: Writer,
  readSecret: ReadSecret,
): Bot => {
  const { deps } = writer
  const { random, clock } = deps
  const { typing } = writer
  const { TYPING_AFTER_MS: afterMs } = config
  const notices = {
    unreadable: config.NOTICE_UNREADABLE,
    reset: config.NOTICE_RESET,
    busy: config.NOTICE_BUSY,
    paused: config.NOTICE_PAUSED,
    greeting: config.GREETING,
  }
  // What it signs carries the time of day.
  const conversations = composeConversations(writer, config.HISTORY_HOURS)
  const parts = { settings: config, clock: systemClock, random, readSecret, conversations }
  const asked = replySources[config.REPLY_SOURCE](parts)
  const memory = composeHistory(config, writer)
  const remembers = asked.wantsHistory === true && config.HISTORY_TURNS > 0
  const source = answerByRule(typingUntilText(asked, { typing, clock, afterMs }), {
    notices,
    resetCommands: config.RESET_COMMANDS,
    // What a service knows the conversation by goes with it.
    beginAnew: memory.forget,
  })
  const turnDeps = { ...deps, source, ...(remembers ? { history: memory } : {}) }
  const settings = {
    ...writer.settings,
    notices: noticesOf(config),
    sourceTimeoutMs: config.SOURCE_TIMEOUT_MS,
    answerLimitMs: config.ANSWER_LIMIT_MS,
  }
  const answer: AnswerTurn = async (turn, signals) =>
    turn.aside === 'hello' && notices.greeting === ''
      ? { done: true }
      : runTurn(turnDeps, settings, turn, signals)
  return { deps: turnDeps, settings, answer }
}

const composeHistory = (
  { HISTORY_TURNS: maxTurns, HISTORY_HOURS: hours }: WorkerConfig,
  { table }: Writer,
): ConversationHistory => historyIn(table, { maxTurns, hours })
