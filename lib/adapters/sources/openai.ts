import type { SourceRequest } from '../../core/conversation/source-request.ts'
import { repeatedEnd, repeatedPrefix, type Seam } from '../../core/text/seam.ts'
import type { ReplySource } from '../../ports.ts'
import { type Answer, LAST_BYTES_MS } from './answer.ts'
import { completionEvents, noStream, type RawEvent } from './completion-body.ts'
import { BEGINNING, type Course, follow, whyNoGoodEnd } from './completion-course.ts'
import { parseCompletionEvent } from './completion-event.ts'
import { completionOpener } from './openai-request.ts'
import { responses } from './responses/index.ts'
import { type ShownText, showText } from './shown-text.ts'
import { PassingTrouble } from './source-failed.ts'
import type { SourceParts } from './source-parts.ts'
import { withTries } from './tries.ts'

type Deltas = AsyncGenerator<string, void, undefined>
type Attempt = AsyncGenerator<string, PassingTrouble | undefined, undefined>

/** An answer while it is read. */
interface Reading {
  readonly answer: Answer
  readonly shown: ShownText
  course: Course
  /** The newest event named a `finish_reason`. */
  mayEnd?: boolean
}

/** After a `finish_reason` usage may come and, from servers that give one with each event, more text. */
const FINISHED_WAIT_MS = 2_000

/** The source of whichever of OpenAI's APIs `OPENAI_API` names. */
export const openai = (parts: SourceParts): ReplySource =>
  parts.settings.OPENAI_API === 'responses' ? responses(parts) : completions(parts)

/**
 * Asks any server that speaks OpenAI's chat completions, streamed, with the system prompt and the conversation so far. What
 * the server says to the user is the answer; `[DONE]`, the end of the body, or silence after a `finish_reason` ends it.
 * Trouble that may pass before any text has come makes it ask again, and at last for another model. Throws `TextBrokenOff`,
 * also where the model ended its answer for another reason than that all was said, and the signal's reason when it aborts.
 * Where `OPENAI_CONTINUE` says how, it goes on behind what was said.
 */
const completions = (parts: SourceParts): ReplySource => {
  const open = completionOpener(parts)
  const { OPENAI_MODEL: model, OPENAI_FALLBACK_MODEL: fallback, SHOW_REASONING } = parts.settings
  const { OPENAI_CONTINUE: continuing = 'off' } = parts.settings

  const ask = (request: SourceRequest) => (asked: string | undefined) =>
    completionAttempt(showText(SHOW_REASONING ?? 'hide'), request, () => open(request, asked))

  const resume = async function* (request: SourceRequest, said: string): Deltas {
    const seam = continuing === 'ask' ? repeatedEnd(said) : repeatedPrefix(said)
    // Another quotation would stand in the middle of the answer.
    const attempt = completionAttempt(showText('hide'), request, () => open(request, model, said))
    let trouble: PassingTrouble | undefined
    const deltas = (async function* (): Deltas {
      trouble = yield* attempt
    })()
    yield* withoutRepetition(deltas, seam)
    if (trouble !== undefined) throw trouble
  }
  const begin = (request: SourceRequest): Deltas =>
    withTries(parts, request.signal, ask(request), { model, fallback })
  if (continuing === 'off') return Object.assign(begin, { wantsHistory: true })
  return Object.assign(begin, { wantsHistory: true, resumption: { by: 'text', resume } as const })
}

/** Returns the trouble that may pass, where nothing has been shown before it. */
const completionAttempt = async function* (
  shown: ShownText,
  request: SourceRequest,
  open: () => Promise<Answer>,
): Attempt {
  let answer: Answer | undefined
  try {
    answer = await open()
    yield* readCompletion(answer, shown, request)
    return undefined
  } catch (error) {
    if (error instanceof PassingTrouble && !shown.hasBegun()) return error
    throw error
  } finally {
    request.reportPreface?.(shown.prefaceChars())
    answer?.close()
  }
}

const withoutRepetition = async function* (deltas: Deltas, seam: Seam): Deltas {
  for await (const delta of deltas) {
    const fresh = seam.feed(delta)
    if (fresh !== '') yield fresh
  }
  const rest = seam.end()
  if (rest !== '') yield rest
}

const readCompletion = async function* (
  answer: Answer,
  shown: ShownText,
  request: SourceRequest,
): Deltas {
  const reading: Reading = { answer, shown, course: BEGINNING }
  let why: unknown
  try {
    for await (const event of await completionEvents(answer)) {
      const text = textOf(reading, event)
      if (text !== '') {
        request.reportPreface?.(shown.prefaceChars())
        yield text
      }
      waitForMore(reading)
    }
  } catch (error) {
    why = error
  }
  const rest = shown.end()
  if (rest !== '') yield rest
  why ??= finish(reading, request)
  if (why !== undefined) throw why
}

/** Takes one event into account: the text that it adds. */
const textOf = (reading: Reading, { data, event: name }: RawEvent): string => {
  if (reading.course.done) return ''
  const event = parseCompletionEvent(data, name)
  const { course, said } = follow(reading.course, event)
  reading.course = course
  reading.mayEnd = event.kind === 'part' && event.finishReason !== undefined
  // Whoever takes the text may be slow: meanwhile nothing is waited for.
  if (said.length > 0) reading.answer.goOn()
  return reading.shown.feed(said)
}

const waitForMore = ({ answer, course, mayEnd }: Reading): void => {
  if (course.done) answer.endWithin(LAST_BYTES_MS)
  else if (mayEnd) answer.endWithin(FINISHED_WAIT_MS)
}

/** Why an answer that has come to its end is none; reports its usage. */
const finish = (
  { answer, shown, course }: Reading,
  { reportUsage }: SourceRequest,
): Error | undefined => {
  const isEmpty = !course.hasSpoken && course.finishReason === undefined && !course.done
  if (isEmpty && answer.contentType !== 'text/event-stream') return noStream(answer)
  const why = whyNoGoodEnd(course, shown)
  // Where it is asked again, the next answer reports its own.
  if (course.usage !== undefined && !(why instanceof PassingTrouble)) reportUsage(course.usage)
  return why
}
