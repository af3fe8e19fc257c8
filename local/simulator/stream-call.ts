/** The body of one `send_stream_msg` (document 1047/71131), for a caller that does without our adapter. */
export const streamCall = (call: {
  readonly from: string
  readonly to: string
  readonly text: string
  readonly finish: boolean
  readonly msgKey: string | undefined
}): object => ({
  From_Account: call.from,
  To_Account: call.to,
  ...(call.msgKey !== undefined && { MsgKey: call.msgKey }),
  Chunk: call.text,
  Finish: call.finish ? 1 : 0,
})
