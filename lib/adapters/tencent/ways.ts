import type { WayName } from '../../core/reply/reply.ts'
import type { Ways } from '../../core/reply/way.ts'
import { type GroupForm, sendModify } from './modify/send.ts'
import { modify } from './modify/way.ts'
import { sendNative } from './native/send.ts'
import { native } from './native/way.ts'
import type { SendChunk } from './send-chunk.ts'
import { sendStreamMsg } from './stream-msg/send.ts'
import { streamMsg } from './stream-msg/way.ts'

export interface WaySettings {
  readonly user: 'stream_msg' | 'native'
  readonly group: 'modify' | 'native' | 'off'
  readonly minGapMs: number
  readonly groupGapMs: number
  /** Size of a native stream, in bytes. */
  readonly streamBytes: number
  readonly keepsAlive: boolean
  /** True where a native stream that is refused makes way for the other family. */
  readonly fallsBack: boolean
}

const defaultWays: WaySettings = {
  user: 'stream_msg',
  group: 'modify',
  minGapMs: 200,
  groupGapMs: 500,
  streamBytes: 126_976,
  keepsAlive: true,
  fallsBack: false,
}

/** The ways of an application, as its settings choose among them. */
export const tencentWays = (settings: Partial<WaySettings> = {}): Ways => {
  const { user, group, minGapMs, groupGapMs, streamBytes, keepsAlive, fallsBack } = {
    ...defaultWays,
    ...settings,
  }
  const byName = {
    stream_msg: streamMsg,
    native: native({ minGapMs, messageBytes: streamBytes, keepsAlive }),
    modify: modify(groupGapMs),
  }
  return {
    user: byName[user],
    ...(group === 'off' ? {} : { group: byName[group] }),
    ...(fallsBack ? { instead: { user: byName.stream_msg, group: byName.modify } } : {}),
    byName,
  }
}

export interface CallSettings {
  /** What groups are shown with `modify`. */
  readonly groupForm: GroupForm
  /** `EventType` of an empty chunk that keeps a native stream open. */
  readonly keepAliveEvent: string
}

/** How each way makes its calls. */
export const sendingBy = ({
  groupForm,
  keepAliveEvent,
}: CallSettings): Readonly<Record<WayName, SendChunk>> => ({
  stream_msg: sendStreamMsg,
  native: sendNative({ keepAliveEvent }),
  modify: sendModify(groupForm),
})
