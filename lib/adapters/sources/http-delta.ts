import { fieldsOf, parsedJson } from '../../core/json.ts'
import { sourceFailed } from './source-failed.ts'

/** The text of a line: a JSON string, or an object with `text`. An object with `error`, and anything else, is a failure. */
export const deltaOfLine = (line: string): string => {
  const delta = jsonDelta(line)
  if (delta !== undefined) return delta
  throw sourceFailed(
    'REPLY_SOURCE_URL sent a line that is neither a JSON string nor an object with text.',
  )
}

/** The text of an answer that is one JSON value: the same. */
export const deltaOfWhole = (json: string): string => {
  const delta = jsonDelta(json)
  if (delta !== undefined) return delta
  throw sourceFailed(
    'REPLY_SOURCE_URL answered application/json; it must be a JSON string or an object with text.',
  )
}

/** The text of an event's data: the same, but what is neither is the text itself. */
export const deltaOfEvent = (data: string): string => jsonDelta(data) ?? data

const jsonDelta = (json: string): string | undefined => {
  const parsed = parsedJson(json)
  if (typeof parsed === 'string') return parsed
  const { text, error } = fieldsOf(parsed)
  if (error !== undefined && error !== null) throw reportedError()
  return typeof text === 'string' ? text : undefined
}

/** The other end says that it cannot go on; what it says may hold anything, so it is not shown. */
export const reportedError = (): Error =>
  sourceFailed('REPLY_SOURCE_URL reported an error in its answer.')
