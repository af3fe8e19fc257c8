import { parseQueueMessage, type QueueMessage } from './queue-message.ts'
import { type Place, parsePlace } from './ticket-lock.ts'

/** A message that the worker was invoked with, and its place in the line of its conversation. */
export interface PlacedMessage {
  readonly message: QueueMessage
  readonly place: Place
}

/** Reads the event of an asynchronous invocation; `undefined` for anything that this program did not write. */
export const parsePlacedMessage = (event: unknown): PlacedMessage | undefined => {
  if (typeof event !== 'object' || event === null || !('place' in event)) return undefined
  const message = parseQueueMessage(JSON.stringify(event))
  const place = parsePlace(event.place)
  return message && place && { message, place }
}
