import * as v from 'valibot'
import type { Callback, SingleCallback } from '../../core/conversation/callback.ts'
import type { Conversation, MsgKey, ReplyId } from '../../core/reply/reply.ts'
import { digest } from '../runtime/digest.ts'
import { account, isBot, messageFields, nameOf, readToBot } from './callback-message.ts'
import { groupClaimKey } from './group-key.ts'

const groupName = nameOf(160)

const groupMessage = v.object({
  ...messageFields,
  GroupId: groupName,
  TopicId: v.nullish(groupName),
  MsgSeq: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  AtRobots_Account: v.nullish(v.array(v.unknown()), []),
})

type GroupMessage = v.InferOutput<typeof groupMessage>

/** More bots than anybody names at once for good reason. */
const MAX_BOTS = 10

/**
 * Reads a message of a group that names bots (document 1047/68953): each of them is asked, once. Bots do not answer bots. One
 * that names none is dropped; so is one that names all.
 */
export const readGroupMessage = (body: object): Callback => {
  const parsed = v.safeParse(groupMessage, body)
  if (!parsed.success) {
    return { kind: 'malformed', field: v.getDotPath(parsed.issues[0]) ?? 'body' }
  }
  const message = parsed.output
  const bots = botsIn(message)
  const msgKey = groupClaimKey(message.GroupId, message.MsgSeq)
  if (isBot(message.From_Account)) return { kind: 'dropped', reason: 'from-bot', msgKey }
  const [first, ...others] = bots.map((bot) => readFor(message, bot, bots))
  if (first === undefined) return { kind: 'dropped', reason: 'to-no-bot', msgKey }
  return others.length === 0 ? first : { kind: 'several', callbacks: [first, ...others] }
}

const botsIn = ({ AtRobots_Account: named }: GroupMessage): readonly string[] => {
  const accounts = named.filter((one) => v.is(account, one)).filter(isBot)
  return [...new Set(accounts)].slice(0, MAX_BOTS)
}

const readFor = (message: GroupMessage, bot: string, bots: readonly string[]): SingleCallback => {
  const { GroupId, TopicId, MsgSeq, From_Account: asker, MsgTime, EventTime } = message
  const conversation: Conversation = {
    from: bot,
    to: GroupId,
    group: { asker, ...(TopicId ? { topic: TopicId } : {}) },
  }
  return readToBot({
    msgKey: groupClaimKey(GroupId, MsgSeq),
    // GroupIDs hold characters that no name of a reply has.
    replyId: `turn:${MsgSeq}_${digest([bot, GroupId, TopicId ?? '', MsgSeq])}` as ReplyId,
    conversation,
    askedAtMs: EventTime ?? (MsgTime ?? 0) * 1_000,
    elements: message.MsgBody,
    customData: message.CloudCustomData,
    onlineOnly: message.OnlineOnlyFlag === 1,
    withoutMention: (text) => withoutMentions(text, bots),
    named: (name) => {
      const msgKey = stoppedKey(GroupId, name)
      return msgKey && { msgKey }
    },
  })
}

/**
 * A client names the message that it stops as `seq_random_time`, as its number in the group, or by the name of its stream; what
 * is neither of the first two is taken for the third.
 */
const stoppedKey = (groupId: string, name: string): MsgKey | undefined => {
  const [, seq] = /^(\d{1,10})(?:_\d{1,10}_\d{1,10})?$/.exec(name) ?? []
  if (seq !== undefined) return groupClaimKey(groupId, Number(seq))
  return /^[\w.:@#-]{1,128}$/.test(name) ? (name as MsgKey) : undefined
}

/** Clients put a space of their own behind a mention. */
const SPACE = String.raw`[\s\u2005]`

/**
 * The text without the bots that it names: `@` and their accounts, wherever they stand; else as many words with an `@` at the
 * text's start, which are the names that a client shows.
 */
export const withoutMentions = (text: string, bots: readonly string[]): string => {
  const longestFirst = [...bots].sort((a, b) => b.length - a.length)
  const named = longestFirst.filter((bot) => text.includes(`@${bot}`))
  const rest = named.reduce((left, bot) => left.replaceAll(`@${bot}`, ''), text)
  const unnamed = bots.length - named.length
  const atStart = new RegExp(`^(?:${SPACE}*@[^\\s\\u2005]+(?:${SPACE}+|$)){0,${unnamed}}`, 'u')
  return rest.replace(atStart, '').replaceAll('\u2005', ' ').trim()
}
