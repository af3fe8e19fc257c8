import type { Way } from '../../../core/reply/way.ts'

/** `send_stream_msg`: a chunk is appended, and nothing tells a repeated call from a new one. */
export const streamMsg: Way = {
  name: 'stream_msg',
  afterLostAnswer: 'readBack',
  carriedChars: 0,
  lateCallsUndo: false,
  takesEmpty: false,
  namesAsker: 'inText',
  sameOpeningForMs: 0,
}
