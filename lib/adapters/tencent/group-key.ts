import type { GroupPlace, MsgKey } from '../../core/reply/reply.ts'

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

/**
 * Names a message of a group as a client does, `seq_random_unixSeconds`: the service gives it a sequence number alone.
 * `undefined` where the answer lacks one.
 */
export const groupMsgKey = (
  { MsgSeq, MsgTime }: { readonly MsgSeq?: unknown; readonly MsgTime?: unknown },
  random: number,
): MsgKey | undefined =>
  isCount(MsgSeq) && isCount(MsgTime) ? (`${MsgSeq}_${random}_${MsgTime}` as MsgKey) : undefined

/** By what a message of a group is claimed: its number is unique there alone. */
export const groupClaimKey = (groupId: string, msgSeq: number): MsgKey =>
  `${groupId} ${msgSeq}` as MsgKey

/** The number that the group knows a message by. */
export const msgSeqOf = (msgKey: MsgKey): number => Number(msgKey.split('_')[0])

/** A community's topic, as a call names it. */
export const topicOf = (group: GroupPlace | undefined): { readonly TopicId?: string } =>
  group?.topic === undefined ? {} : { TopicId: group.topic }
