import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { sourceFailed } from './source-failed.ts'
import { LINE_CHARS } from './text-stream.ts'

/** The server-sent events of a text. The last one may lack the empty line after it. One over `LINE_CHARS` is a failure. */
export const serverEvents = async function* (
  text: AsyncIterable<string>,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  let ready: EventSourceMessage[] = []
  let charsSinceEvent = 0
  const parser = createParser({ onEvent: (event) => ready.push(event) })
  const feed = (part: string): readonly EventSourceMessage[] => {
    parser.feed(part)
    const events = ready
    ready = []
    return events
  }

  for await (const part of text) {
    const events = feed(part)
    charsSinceEvent = events.length > 0 ? 0 : charsSinceEvent + part.length
    if (charsSinceEvent > LINE_CHARS) {
      throw sourceFailed('An event of the answer is longer than 1 MiB.')
    }
    yield* events
  }
  yield* feed('\n\n')
}
