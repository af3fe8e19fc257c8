/** The body that the service keeps for a streamed message, and hands out when it is read back. */
export const messageBody = (
  chunks: readonly string[],
  finished: boolean,
  chatbotPlugin: 1 | 2 = 2,
): readonly object[] => [
  {
    MsgType: 'TIMCustomElem',
    MsgContent: {
      Data: JSON.stringify({ chatbotPlugin, src: 2, chunks, isFinished: finished ? 1 : 0 }),
    },
  },
]

/** UTF-8 bytes of a message's body as JSON, which is what the service's limit is on. */
export const encodedBytes = (chunks: readonly string[]): number =>
  Buffer.byteLength(JSON.stringify(messageBody(chunks, false)))

/** The bytes by which one more chunk makes a message of `count` chunks longer, or, `joined`, the last of them. */
export const encodedChunkBytes = (chunk: string, count: number, joined = false): number => {
  const insideData = JSON.stringify(JSON.stringify(chunk)).slice(1, -1)
  const text = Buffer.byteLength(insideData)
  if (joined && count > 0) return text - ESCAPED_QUOTES
  return text + (count === 0 ? 0 : 1)
}

/** Of the two quotes around an element, each escaped. */
const ESCAPED_QUOTES = 4
