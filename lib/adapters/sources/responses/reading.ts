import type { SourceDelta } from '../../../core/conversation/source-delta.ts'
import type { SourceRequest } from '../../../core/conversation/source-request.ts'
import { BEGINNING, type Course, whyNoGoodEnd } from '../completion-course.ts'
import { brokeOff } from '../reported-error.ts'
import type { Said } from '../said.ts'
import { type ShowReasoning, showText } from '../shown-text.ts'
import { sourceFailed } from '../source-failed.ts'
import type { ResponseEvent, StoredResponse } from './event.ts'
import { cursorOf, type ResponsePlace } from './place.ts'

/** A response while it is read, by events or by looks at it. */
export interface ResponseReading {
  /** What an event adds. Throws where the event breaks the answer off. */
  readonly take: (event: ResponseEvent) => readonly SourceDelta[]
  /** What a look at the response shows beyond what was given; its place in the stream stays unknown. */
  readonly look: (response: StoredResponse) => readonly SourceDelta[]
  readonly place: () => ResponsePlace | undefined
  /** True once all was said. Throws why, where the response ended otherwise. */
  readonly hasEnded: () => boolean
  /** True once the response has come to any end: to look at it again changes nothing. */
  readonly isOver: () => boolean
  /** True once any text was given. */
  readonly hasShown: () => boolean
}

interface ReadingOptions {
  readonly show: ShowReasoning
  readonly request: Pick<SourceRequest, 'reportUsage' | 'reportPreface'>
  /** Where it goes on; absent where it begins. */
  readonly from?: ResponsePlace
  /** False where the server keeps no response to go on with. */
  readonly isKept: () => boolean
}

/** Reads a response from its beginning or from a place; its end is told by `hasEnded`, or thrown where it is no good one. */
export const readResponse = ({ show, request, from, isKept }: ReadingOptions): ResponseReading => {
  let shown = showText(show, (from?.chars ?? 0) > 0)
  let place = from
  /** What was given of the text, in all. */
  let chars = from?.chars ?? 0
  let course: Course = BEGINNING
  let hasEnded = false
  /** How much of what comes next was given before. */
  let known = 0

  const feed = (said: readonly Said[]): string => {
    if (said.length > 0) course = { ...course, hasSpoken: true }
    const whole = shown.feed(said)
    const text = whole.slice(known)
    known = Math.max(known - whole.length, 0)
    chars += text.length
    if ((from?.chars ?? 0) === 0) request.reportPreface?.(shown.prefaceChars())
    return text
  }
  /** Text with the place behind it, where somebody who knows that alone could go on. */
  const marked = (text: string, sequence: number | undefined): readonly SourceDelta[] => {
    if (place !== undefined && sequence !== undefined && known === 0 && shown.isPlain()) {
      place = { id: place.id, sequence, chars }
      if (isKept()) return [{ text, cursor: cursorOf(place) }]
    }
    return text === '' ? [] : [text]
  }
  /** All that was said, told once more, and what is told from now on follows it: what of it is new. */
  const takeWhole = (said: readonly Said[], isWhole: boolean): string => {
    if (said.length === 0) return ''
    const before = chars
    shown = showText(show)
    const text = shown.feed(said) + (isWhole ? shown.end() : '')
    known = Math.max(before - text.length, 0)
    chars = Math.max(before, text.length)
    course = { ...course, hasSpoken: true }
    request.reportPreface?.(shown.prefaceChars())
    return text.slice(before)
  }
  const end = (response: StoredResponse): string => {
    hasEnded = true
    const { reason, usage, callsTool } = response
    course = {
      ...course,
      done: true,
      hasCalledTool: course.hasCalledTool || callsTool,
      ...(reason === undefined ? {} : { finishReason: reason }),
    }
    if (usage !== undefined) request.reportUsage(usage)
    return shown.end()
  }
  /** Why the response is no good answer, once it has ended. */
  const whyNot = ({ status, error }: StoredResponse): Error | undefined => {
    if (status === 'cancelled') return sourceFailed("The model's server cancelled the response.")
    if (status === 'failed') return brokeOff(error ?? { class: 'lasting', code: '' })
    const hasAnswer = () => chars > 0 && (shown.hasAnswer() || (from?.chars ?? 0) > 0)
    const why = whyNoGoodEnd(course, { hasAnswer, hasReasoned: shown.hasReasoned })
    if (why !== undefined || status !== 'incomplete') return why
    return sourceFailed("The model's server ended the response before its end.")
  }
  /** What follows the deltas of an answer that is none is thrown after them. */
  let failure: Error | undefined

  const takeResponse = (
    response: StoredResponse,
    sequence: number | undefined,
  ): readonly SourceDelta[] => {
    const { id, status, said } = response
    if (place === undefined && id !== undefined) place = { id, sequence: -1, chars: 0 }
    if (status === 'under-way') return marked(takeWhole(said, false), sequence)
    const fresh = chars === 0 || sequence === undefined ? takeWhole(said, true) : ''
    const rest = fresh + end(response)
    failure = whyNot(response)
    return rest === '' ? [] : [rest]
  }
  const take = (event: ResponseEvent): readonly SourceDelta[] => {
    if (hasEnded) return []
    switch (event.kind) {
      case 'error':
        throw brokeOff(event.error)
      case 'nothing':
        return marked('', event.sequence)
      case 'said':
        return marked(feed(event.said), event.sequence)
      case 'response':
        return takeResponse(event.response, event.sequence)
    }
  }
  return {
    take,
    look: (response) => takeResponse(response, undefined),
    place: () => place,
    isOver: () => hasEnded,
    hasShown: () => chars > 0,
    hasEnded() {
      if (failure !== undefined) throw failure
      return hasEnded
    },
  }
}
