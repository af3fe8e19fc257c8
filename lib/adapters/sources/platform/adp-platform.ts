import { digest } from '../../runtime/digest.ts'
import { name, refusal, secret } from './adp-trouble.ts'
import type { Asked, EventReader, Platform } from './platform.ts'

/** A version of the protocol: how it is asked, and how its events are read. */
interface AdpVersion {
  readonly url: string
  readonly bodyOf: (asked: Asked) => object
  readonly reader: () => EventReader
}

/** What both versions have in common. */
export const adpPlatform = ({ url, bodyOf, reader }: AdpVersion): Platform => ({
  title: 'ADP',
  name,
  secret,
  ask: (asked) => ({
    url,
    headers: { accept: 'text/event-stream' },
    body: JSON.stringify(bodyOf(asked)),
  }),
  reader,
  refusal,
  newConversation: ({ turn }) => digest([turn.replyId, turn.conversation]),
})
