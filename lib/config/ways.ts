import * as v from 'valibot'
import { off, oneOf, pattern, withDefault } from './kinds.ts'

/** How groups are written to, and so whether they are answered. */
export const groupStream = oneOf('modify', 'native', 'off')

/** How messages are written. */
export const wayVariables = {
  C2C_STREAM: oneOf('stream_msg', 'native'),
  GROUP_STREAM: groupStream,
  GROUP_GAP_MS: withDefault(500, 0, 60_000),
  GROUP_FORM: oneOf('stream', 'text'),
  STREAM_BYTES: withDefault(126_976, 2_048, 131_072),
  NATIVE_KEEP_ALIVE: v.optional(
    pattern(/^[A-Za-z_]{1,32}$/, 'must be the EventType of an empty chunk, or off'),
    'data',
  ),
  NATIVE_FALLBACK: off,
}
