import type { SourceUsage } from '../../core/conversation/source-request.ts'
import type { CompletionEvent } from './completion-event.ts'
import { brokeOff } from './reported-error.ts'
import type { Said } from './said.ts'
import { endedBy, PassingTrouble, shownCode, sourceFailed } from './source-failed.ts'

/** Where a completion stands. */
export interface Course {
  /** It has said something, to its user or to itself. */
  readonly hasSpoken: boolean
  readonly hasCalledTool: boolean
  /** The newest that it named. */
  readonly finishReason?: string
  /** The server has said that nothing follows. */
  readonly done: boolean
  readonly usage?: SourceUsage
}

export const BEGINNING: Course = {
  hasSpoken: false,
  hasCalledTool: false,
  done: false,
}

/** Why the words of a model may end, by what `finish_reason` calls it; whatever else it is called is a good end. */
const cut = /^(length|max_(output_)?tokens|model_length|max_length)$/i
const withheld =
  /^(content_?filter(ed)?|sensitive|safety|refusal|prohibited_content|blocklist|recitation|spii)$/i
const failed = /^(error|network_error|insufficient_system_resource|abort(ed)?|engine_overloaded)$/i

/** The course after an event, and what the event adds to what was said. Throws where the event breaks the answer off. */
export const follow = (
  course: Course,
  event: CompletionEvent,
): { readonly course: Course; readonly said: readonly Said[] } => {
  switch (event.kind) {
    case 'nothing':
      return { course, said: [] }
    case 'done':
      return { course: { ...course, done: true }, said: [] }
    case 'malformed':
      throw sourceFailed("The model's server sent an event that is no JSON object.")
    case 'error':
      throw wayOf(course.finishReason) ?? brokeOff(event.error)
    case 'part':
      return followPart(course, event)
  }
}

const followPart = (course: Course, event: Extract<CompletionEvent, { kind: 'part' }>) => {
  const said = event.whole && course.hasSpoken ? [] : event.said
  const { finishReason = course.finishReason, usage = course.usage } = event
  const tells = event.finishReason !== undefined || event.usage !== undefined || event.callsTool
  // As most events do, it only goes on.
  if (course.hasSpoken && !tells) return { said, course }
  return {
    said,
    course: {
      hasSpoken: course.hasSpoken || said.length > 0,
      hasCalledTool: course.hasCalledTool || event.callsTool,
      done: false,
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(usage === undefined ? {} : { usage }),
    },
  }
}

/** The error of a `finish_reason` that is no good end. */
const wayOf = (finishReason: string | undefined): Error | undefined => {
  if (finishReason === undefined) return undefined
  const named = shownCode(finishReason)
  if (cut.test(finishReason))
    return endedBy(
      'cut',
      `The model reached the greatest length of an answer${named}: raise max_tokens in OPENAI_PARAMETERS, or choose a model that may say more.`,
    )
  if (withheld.test(finishReason))
    return endedBy('withheld', `The model's content filter ended the answer${named}.`)
  if (failed.test(finishReason))
    return new PassingTrouble(`The model's server gave the answer up${named}.`)
  return undefined
}

/** Why a completion that has come to its end is no good one; `undefined` where it is. */
export const whyNoGoodEnd = (
  { finishReason, hasCalledTool, done }: Course,
  shown: { readonly hasAnswer: () => boolean; readonly hasReasoned: () => boolean },
): Error | undefined => {
  const way = wayOf(finishReason)
  if (way !== undefined || shown.hasAnswer()) return way
  if (hasCalledTool)
    return sourceFailed('The model called a tool, and nobody here runs it: leave tools away.')
  if (shown.hasReasoned())
    return sourceFailed(
      'The model said something to itself and nothing to the user: raise max_tokens in OPENAI_PARAMETERS, or choose another model.',
    )
  if (finishReason !== undefined || done) return undefined
  return new PassingTrouble("The model's stream ended before the model said anything.")
}
