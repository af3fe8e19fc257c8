/** The body that the service keeps for a streamed message, and hands out when it is read back. */
export const messageBody = (chunks: readonly string[], finished: boolean): readonly object[] => [
  {
    MsgType: 'TIMCustomElem',
    MsgContent: {
      Data: JSON.stringify({ chatbotPlugin: 2, src: 2, chunks, isFinished: finished ? 1 : 0 }),
    },
  },
]

/** UTF-8 bytes of a message's body as JSON, which is what the service's limit is on. */
export const encodedBytes = (chunks: readonly string[]): number =>
  Buffer.byteLength(JSON.stringify(messageBody(chunks, false)))

/** The bytes by which one more chunk makes a message of `count` chunks longer. */
export const encodedChunkBytes = (chunk: string, count: number): number => {
  const insideData = JSON.stringify(JSON.stringify(chunk)).slice(1, -1)
  return Buffer.byteLength(insideData) + (count === 0 ? 0 : 1)
}
