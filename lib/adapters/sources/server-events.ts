import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { sourceFailed } from './source-failed.ts'
import { LINE_CHARS } from './text-stream.ts'

/** An event that is an object may hold a picture. */
const OBJECT_CHARS = 8_388_608
const beginsObject = /^data: ?\s{0,20}\{/

/**
 * The server-sent events of a text. The last one may lack the empty line after it. A line of the unknown field `error` is an
 * event of that name. An event over `LINE_CHARS` is a failure, and one that is an object, over 8 times that.
 */
export const serverEvents = async function* (
  text: AsyncIterable<string>,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  let ready: EventSourceMessage[] = []
  /** The line that has not ended yet, in parts: the parser would search all of it anew for each. */
  let openLine: string[] = []
  let charsSinceEvent = 0
  const parser = createParser({
    onEvent: (event) => ready.push(event),
    onError: ({ field, value = '' }) => {
      if (field === 'error') ready.push({ event: 'error', data: value, id: undefined })
    },
  })
  const feed = (part: string): readonly EventSourceMessage[] => {
    openLine.push(part)
    if (!/[\r\n]/.test(part)) return []
    const whole = openLine.join('')
    const end = Math.max(whole.lastIndexOf('\n'), whole.lastIndexOf('\r')) + 1
    openLine = end === whole.length ? [] : [whole.slice(end)]
    parser.feed(whole.slice(0, end))
    const events = ready
    ready = []
    return events
  }

  for await (const part of text) {
    const events = feed(part)
    charsSinceEvent = events.length > 0 ? 0 : charsSinceEvent + part.length
    if (charsSinceEvent > LINE_CHARS) {
      const limit = beginsObject.test(openLine[0] ?? '') ? OBJECT_CHARS : LINE_CHARS
      if (charsSinceEvent > limit) {
        throw sourceFailed(`An event of the answer is longer than ${limit / LINE_CHARS} MiB.`)
      }
    }
    yield* events
  }
  yield* feed('\n\n')
}
