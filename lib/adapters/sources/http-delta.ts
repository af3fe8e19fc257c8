import type { SourceDelta } from '../../core/conversation/source-delta.ts'
import { fieldsOf, parsedJson, scalarText } from '../../core/json.ts'
import { sourceFailed } from './source-failed.ts'

/** The cursor of an answer's beginning: no id is empty. */
export const BEGINNING = ''

/** The delta with the id that the other end gave it, where that is one which a header can carry back. */
export const withId = (text: string, id: string | undefined): SourceDelta =>
  id === undefined || id === '' || id !== id.trim() || unfit.test(id) ? text : { text, cursor: id }

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no header may hold.
const unfit = /[\u0000-\u001f\u007f]/

/** The id as bytes of UTF-8, each of which is one character of a header. */
export const inHeader = (id: string): string => Buffer.from(id, 'utf8').toString('latin1')

/** A line: a JSON string, or an object with `text`, with `id` or with both. An object with `error`, and anything else, is a failure. */
export const deltaOfLine = (line: string): SourceDelta => {
  const { id } = fieldsOf(parsedJson(line))
  const text = jsonDelta(line) ?? (scalarText(id) === '' ? undefined : '')
  if (text !== undefined) return withId(text, scalarText(id))
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
