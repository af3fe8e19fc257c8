import * as v from 'valibot'
import { off, pattern, withDefault } from './kinds.ts'

/** How groups are written to, and so whether they are answered. */
export const groupStream = v.optional(
  v.picklist(['modify', 'native', 'off'], 'must be one of modify, native, off'),
  'modify',
)

/** How messages are written. */
export const wayVariables = {
  C2C_STREAM: v.optional(
    v.picklist(['stream_msg', 'native'], 'must be stream_msg or native'),
    'stream_msg',
  ),
  GROUP_STREAM: groupStream,
  GROUP_GAP_MS: withDefault(500, 0, 60_000),
  GROUP_FORM: v.optional(v.picklist(['stream', 'text'], 'must be stream or text'), 'stream'),
  STREAM_BYTES: withDefault(126_976, 2_048, 131_072),
  NATIVE_KEEP_ALIVE: v.optional(
    pattern(/^[A-Za-z_]{1,32}$/, 'must be the EventType of an empty chunk, or off'),
    'data',
  ),
  NATIVE_FALLBACK: off,
}
