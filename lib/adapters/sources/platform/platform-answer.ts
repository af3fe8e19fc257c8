import type { SourceUsage } from '../../../core/conversation/source-request.ts'
import type { Answer } from '../answer.ts'
import { type RawEvent, wholeBody } from '../completion-body.ts'
import { serverEvents } from '../server-events.ts'
import { type ShownText, type ShowReasoning, showText } from '../shown-text.ts'
import { shownContentType } from '../source-failed.ts'
import { peek } from '../text-stream.ts'
import type { Begun, Platform, PlatformEvent } from './platform.ts'
import { type Obstacle, obstacleOf } from './platform-trouble.ts'

/** Text that is kept to tell what repeats it, in UTF-16 units; of a longer answer no repetition is looked for. */
const MOST_TOLD_CHARS = 262_144

/** An answer of a platform while it is read. */
export interface Reading {
  readonly platform: Platform
  readonly show: ShowReasoning
  /** Hears, once or more often, that the answer has begun. */
  readonly onBegun: (begun: Begun) => void
  shown: ShownText
  /** The answer as it was told, as long as it is not too long. */
  told: string
  /** What it is known by, once it has begun. */
  begun?: Begun
  usage?: SourceUsage
  /** All was said. */
  ended: boolean
  /** What is in the way of the rest. */
  obstacle?: Obstacle
}

export const startReading = (
  platform: Platform,
  show: ShowReasoning,
  onBegun: Reading['onBegun'],
): Reading => ({ platform, show, onBegun, shown: showText(show), told: '', ended: false })

/** The text to show of an answer of status 200, as it comes. It ends with the answer, or where something is in its way. */
export const readText = async function* (
  reading: Reading,
  answer: Answer,
): AsyncGenerator<string, void, undefined> {
  const read = reading.platform.reader()
  let isStream = answer.contentType === 'text/event-stream'
  for await (const raw of await eventsOf(answer)) {
    const events = read(raw)
    isStream ||= events.length > 0
    const text = events.map((event) => step(reading, answer, event)).join('')
    if (text !== '') yield text
    if (reading.obstacle !== undefined) break
  }
  const rest = reading.shown.end()
  if (rest !== '') yield rest
  if (!reading.ended) reading.obstacle ??= unended(reading.platform, answer, isStream)
}

/** A body that is one JSON object is an event as well: that is how errors come under status 200. */
const eventsOf = async (answer: Answer): Promise<AsyncIterable<RawEvent>> => {
  const { beginning, text } = await peek(answer.text)
  return beginning.startsWith('{') ? wholeBody(text) : serverEvents(text)
}

/** Takes an event into account: the text that it adds. */
const step = (reading: Reading, answer: Answer, event: PlatformEvent): string => {
  if (reading.obstacle !== undefined) return ''
  switch (event.kind) {
    case 'said':
      return event.said.kind === 'text'
        ? tell(reading, event.said.text)
        : reading.shown.feed([event.said])
    case 'whole':
      return tell(reading, untold(reading.told, event.text))
    case 'replaced':
      return replace(reading, event.text)
    default:
      note(reading, answer, event)
      return ''
  }
}

type Note = Exclude<PlatformEvent, { readonly kind: 'said' | 'whole' | 'replaced' }>

const note = (reading: Reading, answer: Answer, event: Note): void => {
  switch (event.kind) {
    case 'begun':
      reading.begun = { ...reading.begun, ...event }
      reading.onBegun(reading.begun)
      return
    case 'usage':
      reading.usage = event.usage
      return
    case 'ended':
      reading.ended = true
      answer.endWithin(event.waitMs)
      return
    case 'failed':
      reading.obstacle = obstacleOf(reading.platform, event.trouble)
  }
}

const tell = (reading: Reading, text: string): string => {
  if (reading.told.length <= MOST_TOLD_CHARS) reading.told += text
  return reading.shown.feed([{ kind: 'text', text }])
}

/** The end of an answer that follows what was told of it; where it is another text, all of it. */
const untold = (told: string, whole: string): string => {
  if (told.length > MOST_TOLD_CHARS) return ''
  if (whole.startsWith(told)) return whole.slice(told.length)
  return told.endsWith(whole) ? '' : `\n\n${whole}`
}

const replace = (reading: Reading, text: string): string => {
  const { platform, shown, told } = reading
  if (text.startsWith(told)) return tell(reading, text.slice(told.length))
  if (shown.hasBegun()) {
    const advice = 'its moderation has taken back what was shown'
    reading.obstacle = obstacleOf(platform, { class: 'withheld', code: '', advice })
    return ''
  }
  // Nobody has seen anything of what is taken back.
  reading.shown = showText(reading.show)
  reading.told = ''
  return tell(reading, text)
}

const unended = (platform: Platform, { contentType }: Answer, isStream: boolean): Obstacle => {
  const due = `it sent ${shownContentType(contentType)} where text/event-stream was due, ${platform.name} is probably wrong`
  return isStream
    ? obstacleOf(platform, { class: 'passing', code: '', advice: 'its stream ended too soon' })
    : obstacleOf(platform, { class: 'lasting', code: '', advice: due })
}
