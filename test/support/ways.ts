import { tencentWays, type WaySettings } from '../../lib/adapters/tencent/ways.ts'
import type { Conversation, WayName } from '../../lib/core/reply/reply.ts'
import type { Ways } from '../../lib/core/reply/way.ts'
import type { Fault, FaultPlan } from '../../local/simulator/faults.ts'
import { conversation } from './delivery-world.ts'

const groupConversation: Conversation = {
  from: conversation.from,
  to: '@TGS#group',
  group: { asker: 'alice' },
}

/** A way to write, whom it is tried with, and the commands that carry its chunks. */
export interface TriedWay {
  readonly name: string
  readonly way: WayName
  readonly to: Conversation
  readonly ways: Ways
  readonly commands: readonly [string, ...string[]]
  /** What the first message begins with, beside the text. */
  readonly prefix: string
}

const tried = (
  name: string,
  way: WayName,
  to: Conversation,
  commands: TriedWay['commands'],
  prefix = '',
  settings: Partial<WaySettings> = {},
): TriedWay => ({ name, way, to, commands, prefix, ways: tencentWays(settings) })

/** As every reply to a user is written by default. */
export const streamMsgWay = tried('stream_msg', 'stream_msg', conversation, ['send_stream_msg'])

/** One fault at one of the calls that carry chunks, whichever command that is. */
export const faultOf = ({ commands }: TriedWay, at: number, fault: Fault): FaultPlan => {
  let counted = 0
  return ({ command }) => {
    if (!commands.includes(command)) return undefined
    counted += 1
    return counted === at + 1 ? fault : undefined
  }
}

/** The ways in which the same call takes effect once. */
export const repeatableWays: readonly TriedWay[] = [
  tried('modify', 'modify', groupConversation, ['send_group_msg', 'modify_group_msg']),
  tried('native to a user', 'native', conversation, ['send_c2c_stream_msg'], '', {
    user: 'native',
  }),
  tried('native to a group', 'native', groupConversation, ['send_group_stream_msg'], '@alice ', {
    group: 'native',
  }),
]

/** The same with messages of that size. */
export const withMessages = (tried: TriedWay, messageBytes: number): Ways => {
  const { native } = tried.ways.byName
  const small = { ...native, messageBytes }
  const of = <W extends { readonly name: WayName }>(way: W) => (way.name === 'native' ? small : way)
  const { user, group, byName } = tried.ways
  return {
    ...tried.ways,
    user: of(user),
    ...(group === undefined ? {} : { group: of(group) }),
    byName: { ...byName, native: small },
  }
}
