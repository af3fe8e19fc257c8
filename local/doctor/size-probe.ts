import {
  chunkBytes,
  EMPTY_MESSAGE_BYTES,
  encodedBytes,
  unitsThatFit,
} from '../../lib/core/text/encoded-size.ts'
import { wasLost } from './answer.ts'
import type { Probe } from './probe.ts'

/**
 * Sizes that a message grows to, encoded, in bytes. Tencent's limit is 12 KB, counted nobody knows quite how. Wherever it is,
 * if only at a round number, the chunk that closes the message must find room below it.
 */
const SIZES = [2, 4, 6, 8, 10, 11, 11.5, 11.75, 12, 12.25, 13, 16].map((kb) => kb * 1_024 - 64)

/** Text of every kind that is counted otherwise than one byte a character. */
const FILLER = 'A line with "quotes", a \\ and 中文字符 😀.\n'.repeat(400)

/** Lets a message grow until the service has enough, then asks whether it still takes a chunk. */
export const grown: Probe = {
  about: 'the greatest size of a message',
  async run(chat, { msgKey, opening }) {
    let bytes = EMPTY_MESSAGE_BYTES + chunkBytes(opening)
    let takenBytes = 0
    for (const size of SIZES) {
      const chunk = chunkOf(size - bytes)
      const answer = await chat.append(msgKey, chunk)
      if (wasLost(answer)) return { answer }
      if (answer.kind === 'refused') {
        const afterwards = await chat.append(msgKey, 'The end.', true)
        if (wasLost(afterwards)) return { answer: afterwards }
        return { grown: { takenBytes, refusedBytes: size, refusal: answer, afterwards } }
      }
      bytes += chunkBytes(chunk)
      takenBytes = bytes
    }
    return { grown: { takenBytes } }
  },
}

/** A chunk that makes its message this much longer. */
const chunkOf = (bytes: number): string => {
  const room = bytes - chunkBytes('')
  const text = FILLER.slice(0, unitsThatFit(FILLER, room))
  return text + 'x'.repeat(room - encodedBytes(text))
}
