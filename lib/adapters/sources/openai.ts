import type { SourceRequest } from '../../core/conversation/source-request.ts'
import type { ReplySource } from '../../ports.ts'
import { type Answer, LAST_BYTES_MS } from './answer.ts'
import { completionEvents, noStream, type RawEvent } from './completion-body.ts'
import { BEGINNING, type Course, follow, whyNoGoodEnd } from './completion-course.ts'
import { parseCompletionEvent } from './completion-event.ts'
import { completionOpener } from './openai-request.ts'
import { type ShownText, showText } from './shown-text.ts'
import { PassingTrouble } from './source-failed.ts'
import type { SourceParts } from './source-parts.ts'
import { countTries } from './tries.ts'

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

/**
 * Asks any server that speaks OpenAI's chat completions, streamed, with the system prompt and the conversation so far. What
 * the server says to the user is the answer; `[DONE]`, the end of the body, or silence after a `finish_reason` ends it.
 * Trouble that may pass before any text has come makes it ask again, and at last for another model. Throws `TextBrokenOff`,
 * also where the model ended its answer for another reason than that all was said, and the signal's reason when it aborts.
 */
export const openai = (parts: SourceParts): ReplySource => {
  const open = completionOpener(parts)
  const { OPENAI_MODEL: model, OPENAI_FALLBACK_MODEL: fallback, SHOW_REASONING } = parts.settings

  /** Returns the trouble that may pass, where nothing has been shown before it. */
  const attempt = async function* (request: SourceRequest, asked: string | undefined): Attempt {
    const shown = showText(SHOW_REASONING ?? 'hide')
    let answer: Answer | undefined
    try {
      answer = await open(request, asked)
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

  const answer = async function* (request: SourceRequest): Deltas {
    const tries = countTries(parts, request.signal)
    let trouble = yield* attempt(request, model)
    while (trouble !== undefined && (await tries.again(trouble))) {
      trouble = yield* attempt(request, model)
    }
    if (trouble !== undefined && fallback !== undefined) trouble = yield* attempt(request, fallback)
    if (trouble !== undefined) throw trouble
  }
  return Object.assign(answer, { wantsHistory: true })
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
      if (text !== '') yield text
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
