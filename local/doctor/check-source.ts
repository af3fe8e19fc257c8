import { replySources } from '../../lib/adapters/sources/index.ts'
import { sourceNames } from '../../lib/compose/bot.ts'
import { composeSecrets } from '../../lib/compose/secrets.ts'
import { readWorkerConfig } from '../../lib/config.ts'
import type { SourceRequest } from '../../lib/core/conversation/source-request.ts'
import { parseReplyId } from '../../lib/core/reply/reply-id.ts'
import { TextBrokenOff } from '../../lib/core/reply/text-broken-off.ts'
import type { Clock, ReplySource } from '../../lib/ports.ts'
import { unneeded } from './environment.ts'
import type { Finding } from './finding.ts'

type Environment = Readonly<Record<string, string | undefined>>

const PATIENCE_MS = 60_000

const about = { id: 'source', title: 'Model', asked: 'asked it for one word' } as const

/** Asks the model for one word, where answers come from one. Other sources are not asked: nobody knows what they do to answer. */
export const checkSource = async (
  env: Environment,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  if (env['REPLY_SOURCE'] !== 'openai') return []
  const source = readSource(env, clock)
  return ['finding' in source ? source.finding : await judge(source.ask, clock, signal)]
}

const readSource = (
  env: Environment,
  clock: Clock,
): { readonly ask: ReplySource } | { readonly finding: Finding } => {
  try {
    const needed = { REPLIES_QUEUE_URL: 'https://none', ...env, ...unneeded(env) }
    const config = readWorkerConfig(sourceNames, needed)
    const readSecret = composeSecrets(config)
    const conversations = { recall: async () => undefined, keep: async () => {} }
    const parts = { settings: config, clock, random: Math.random, readSecret, conversations }
    return { ask: replySources[config.REPLY_SOURCE](parts) }
  } catch (error) {
    const heard = error instanceof Error ? error.message : 'The environment cannot be read.'
    const mend = 'Set these variables as they are set for the functions.'
    return { finding: { ...about, verdict: 'wrong', heard, mend } }
  }
}

/** What came of it: the sentence is the one that the functions log. */
const judge = async (ask: ReplySource, clock: Clock, stopped: AbortSignal): Promise<Finding> => {
  const over = new AbortController()
  const patience = new AbortController()
  const stop = (): void => over.abort()
  stopped.addEventListener('abort', stop)
  void clock.sleep(PATIENCE_MS, patience.signal).then(stop)
  try {
    return { ...about, verdict: 'right', heard: await timesOf(ask, clock, over.signal) }
  } catch (error) {
    if (over.signal.aborted) {
      return { ...about, verdict: 'unknown', heard: 'It had not ended after a minute.' }
    }
    return failed(error)
  } finally {
    patience.abort()
    stopped.removeEventListener('abort', stop)
  }
}

const timesOf = async (ask: ReplySource, clock: Clock, signal: AbortSignal): Promise<string> => {
  const startMs = clock.now()
  let firstMs: number | undefined
  for await (const delta of ask(questionFor(clock, signal))) {
    if (delta !== '') firstMs ??= clock.now() - startMs
  }
  const tookMs = clock.now() - startMs
  return firstMs === undefined
    ? `It ended after ${tookMs} ms without any text.`
    : `The first text came after ${firstMs} ms, all of it after ${tookMs} ms.`
}

const failed = (error: unknown): Finding => {
  if (!(error instanceof TextBrokenOff)) throw error
  const { detail: heard, reason } = error.failure
  if (reason === 'cut') return { ...about, verdict: 'right', heard }
  return { ...about, verdict: 'wrong', heard, mend: 'Mend what the line above names.' }
}

const questionFor = (clock: Clock, signal: AbortSignal): SourceRequest => {
  const replyId = parseReplyId('doctor')
  if (replyId === undefined) throw new Error('doctor is no replyId')
  return {
    turn: {
      replyId,
      conversation: { from: '@RBT#doctor', to: 'doctor' },
      text: 'Say hello in one word.',
      askedAtMs: clock.now(),
    },
    history: [],
    signal,
    reportUsage: () => {},
  }
}
