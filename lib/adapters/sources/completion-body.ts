import type { EventSourceMessage } from 'eventsource-parser'
import type { Answer } from './answer.ts'
import { serverEvents } from './server-events.ts'
import { shownContentType, sourceFailed } from './source-failed.ts'
import { peek } from './text-stream.ts'

/** What an event of a completion is read from; `event` is its name. */
export type RawEvent = Pick<EventSourceMessage, 'data' | 'event'>

/** Longest completion that comes whole, in UTF-16 code units. */
const WHOLE_CHARS = 8_388_608

/**
 * The events of an answer of a model's server. Told by what the body begins with: some name server-sent events by another
 * content type or none, and some ignore `stream` and send the completion whole, which is then the only event.
 */
export const completionEvents = async (answer: Answer): Promise<AsyncIterable<RawEvent>> => {
  const { beginning, text } = await peek(answer.text)
  switch (beginning[0]) {
    case '{':
    case '[':
      return wholeBody(text)
    case '<':
      throw noStream(answer)
    default:
      return serverEvents(text)
  }
}

/** For an answer in which there is no event at all. */
export const noStream = ({ contentType }: Answer): Error =>
  sourceFailed(
    `The model's server answered ${shownContentType(contentType)} where text/event-stream was due: OPENAI_BASE_URL is wrong, or it cannot stream.`,
  )

/** A body that is one JSON value, as its only event. */
export const wholeBody = async function* (
  text: AsyncIterable<string>,
): AsyncGenerator<RawEvent, void, undefined> {
  let data = ''
  for await (const part of text) {
    data += part
    if (data.length > WHOLE_CHARS) throw sourceFailed('The answer is longer than 8 MiB.')
  }
  yield { data, event: undefined }
}
