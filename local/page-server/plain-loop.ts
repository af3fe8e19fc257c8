import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { fieldsOf, parsedJson } from '../../lib/core/json.ts'
import type { TraceToken } from '../model/events.ts'
import { chatRules } from '../simulator/rules.ts'
import { simulatedService } from '../simulator/service.ts'
import { streamCall } from '../simulator/stream-call.ts'
import type { FaultSetup } from './fault-plans.ts'

/** What users would see of an answer that a plain loop writes. */
export interface GhostPart {
  readonly messages: readonly { readonly text: string; readonly finished: boolean }[]
  readonly calls: number
  readonly ended: boolean
  /** What became of the text, in a sentence; absent while the loop runs. */
  readonly verdict?: string
}

export interface PlainLoopOptions {
  readonly tokens: readonly TraceToken[]
  readonly setup: FaultSetup
  readonly latencyMs: number
  /** Called with what there is to see, whenever that changes. */
  readonly changed: (part: GhostPart) => void
  readonly signal: AbortSignal
}

const COMMAND = 'openim_robot_http_svc/send_stream_msg'
const TRIES = 3
const PATIENCE_MS = 5_000

/**
 * Answers in the way that most programs do: takes what the model has said so far, sends it, sends it again where that
 * fails, and gives up after three tries. It has a Tencent Chat of its own, with the same distance and the same faults.
 */
export const runPlainLoop = async (options: PlainLoopOptions): Promise<void> => {
  const runs = options.setup.twice ? 2 : 1
  const service = plainService(options)
  let ended = 0
  let told: GhostPart = { messages: [], calls: 0, ended: false }
  const tell = (): void => {
    told = {
      messages: service.rules.messages().map(({ text, finished }) => ({ text, finished })),
      calls: service.calls.length,
      ended: ended === runs,
    }
    options.changed(
      told.ended ? { ...told, verdict: verdictOf(told, textOf(options.tokens)) } : told,
    )
  }
  const runOnce = async (): Promise<void> => {
    await writePlainly(service, options, tell).catch(() => undefined)
    ended++
    tell()
  }
  await Promise.all(Array.from({ length: runs }, runOnce))
}

const plainService = ({ setup, latencyMs }: PlainLoopOptions) =>
  simulatedService({
    // Kinder than Tencent may be: an empty last chunk closes the message.
    rules: chatRules({ emptyChunk: 'accepted' }),
    clock: systemClock,
    latencyMs,
    faults: setup.plan(),
  })

class Died extends Error {}

const writePlainly = async (
  service: ReturnType<typeof plainService>,
  { tokens, setup, signal }: PlainLoopOptions,
  tell: () => void,
): Promise<void> => {
  const begun = Date.now()
  const said = spoken(tokens, setup)
  let msgKey: string | undefined
  let sentChars = 0
  let calls = 0

  const sendOnce = async (chunk: string, finish: boolean): Promise<boolean> => {
    calls++
    const isLast = calls === setup.killedAtCall
    const body = streamCall({ from: '@RBT#plain', to: 'user', text: chunk, finish, msgKey })
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
    const outcome = await service.call(COMMAND, new URLSearchParams(), body, patience)
    tell()
    if (isLast) throw new Died()
    const answer = outcome.kind === 'answer' ? fieldsOf(parsedJson(outcome.text)) : {}
    if (answer['ErrorCode'] !== 0) return false
    if (typeof answer['MsgKey'] === 'string') msgKey = answer['MsgKey']
    return true
  }
  const send = async (chunk: string, finish: boolean): Promise<void> => {
    for (let tries = 0; tries < TRIES; tries++) if (await sendOnce(chunk, finish)) return
    throw new Died()
  }

  for (;;) {
    const sinceMs = Date.now() - begun
    if (sinceMs > (setup.handedOverAfterMs ?? Number.POSITIVE_INFINITY)) throw new Died()
    const { text, over, silent } = said(sinceMs)
    const chunk = text.slice(sentChars)
    sentChars = text.length
    if (chunk !== '' || over) await send(chunk, over)
    if (over) return
    // Nobody told the loop how long to wait.
    if (silent) throw new Died()
    await wait(20, undefined, { signal })
  }
}

/** What the model has said after so long. */
const spoken = (tokens: readonly TraceToken[], { model }: FaultSetup) => {
  if (model?.kind === 'status') return () => ({ text: '', over: false, silent: true })
  const heard = model?.kind === 'hangs-after' ? tokens.slice(0, model.after) : tokens
  return (sinceMs: number) => {
    const come = heard.filter(({ t }) => t <= sinceMs)
    const isAll = come.length === heard.length
    const whole = heard.length === tokens.length
    return { text: textOf(come), over: isAll && whole, silent: isAll && !whole }
  }
}

const textOf = (tokens: readonly TraceToken[]): string => tokens.map(({ text }) => text).join('')

const verdictOf = ({ messages }: GhostPart, wanted: string): string => {
  if (messages.length === 0) return 'The user sees nothing at all, and nobody says why.'
  const open = messages.filter(({ finished }) => !finished).length
  const shown = messages.map(({ text }) => text).join('')
  const more = shown.length - wanted.length
  const problems = [
    messages.length > 1 && `${messages.length} messages answer one question`,
    messages.length === 1 && more > 0 && `${more} characters stand there twice`,
    messages.length === 1 && more < 0 && `${-more} characters are missing`,
    open > 0 && 'the message is never closed, so the user cannot write again',
  ].filter((one) => one !== false)
  const sentence = problems.join('; ')
  return sentence === ''
    ? 'All is well here.'
    : `${sentence[0]?.toUpperCase()}${sentence.slice(1)}.`
}
