import type { SourceUsage } from '../../core/conversation/source-request.ts'
import type { ReplySource } from '../../ports.ts'
import { type Answer, LAST_BYTES_MS } from './answer.ts'
import { parseCompletionEvent } from './openai-event.ts'
import { completionOpener } from './openai-request.ts'
import { serverEvents } from './server-events.ts'
import { shownCode, shownContentType, sourceFailed } from './source-failed.ts'
import type { SourceParts } from './source-parts.ts'

/** The usage comes after the model's end, if at all. */
const usageWaitMs = 300

/** Where a completion stands. */
interface Course {
  finished: boolean
  done: boolean
  usage?: SourceUsage
}

/**
 * Asks any server that speaks OpenAI's chat completions, streamed, with the system prompt and the conversation so far. Ends
 * with the model's end, whatever its reason; a stream that just stops is a failure. Throws `TextBrokenOff`, and the signal's
 * reason when it aborts.
 */
export const openai = (parts: SourceParts): ReplySource => {
  const open = completionOpener(parts)
  return async function* ({ turn, history, signal, reportUsage }) {
    const answer = await open({ turn, history, signal })
    try {
      const course: Course = { finished: false, done: false }
      yield* readCompletion(answer, course)
      if (course.usage !== undefined) reportUsage(course.usage)
    } finally {
      answer.close()
    }
  }
}

const readCompletion = async function* (
  answer: Answer,
  course: Course,
): AsyncGenerator<string, void, undefined> {
  const { contentType, text } = answer
  if (contentType !== 'text/event-stream') {
    throw sourceFailed(
      `The model's server answered ${shownContentType(contentType)} where text/event-stream was due: OPENAI_BASE_URL is wrong, or it cannot stream.`,
    )
  }
  for await (const { data } of serverEvents(text)) {
    const content = course.done ? '' : follow(answer, course, data)
    if (content !== '') yield content
  }
  if (!course.finished) {
    throw sourceFailed("The model's stream ended before the model said that it is at its end.")
  }
}

/** Takes one event into account; its content. */
const follow = (answer: Answer, course: Course, data: string): string => {
  const event = parseCompletionEvent(data)
  switch (event.kind) {
    case 'done':
      course.finished = true
      course.done = true
      answer.endWithin(LAST_BYTES_MS)
      return ''
    case 'error':
      if (course.finished) return ''
      throw sourceFailed(`The model's server broke off with an error${shownCode(event.code)}.`)
    case 'malformed':
      if (course.finished) return ''
      throw sourceFailed("The model's server sent an event that is no JSON object.")
    case 'part':
      if (event.usage !== undefined) course.usage = event.usage
      if (event.finished && !course.finished) {
        course.finished = true
        answer.endWithin(usageWaitMs)
      }
      return event.content
  }
}
