import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withoutMentions } from '../../../lib/adapters/tencent/group-callback.ts'
import { parseCallback } from '../../../lib/adapters/tencent/tencent-callback.ts'
import { parseReplyId } from '../../../lib/core/reply/reply-id.ts'

const group = '@TGS#2J4SZEAEL'
const groupBody = (changes: object = {}) => ({
  CallbackCommand: 'Bot.OnGroupMessage',
  GroupId: group,
  Type: 'Public',
  From_Account: 'jared',
  Operator_Account: 'admin',
  Random: 123_456,
  MsgSeq: 123,
  MsgTime: 1_490_686_222,
  OnlineOnlyFlag: 1,
  MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: '@@RBT#001 hello' } }],
  AtRobots_Account: ['@RBT#001'],
  CloudCustomData: 'your cloud custom data',
  EventTime: 1_670_574_414_123,
  ...changes,
})
const parse = (changes?: object) =>
  parseCallback('Bot.OnGroupMessage', JSON.stringify(groupBody(changes)))
const stop = (msgKey: unknown, changes: object = {}) =>
  parse({
    MsgBody: [
      {
        MsgType: 'TIMCustomElem',
        MsgContent: { Data: JSON.stringify({ chatbotPlugin: 2, src: 22, msgKey }) },
      },
    ],
    ...changes,
  })
const conversation = { from: '@RBT#001', to: group, group: { asker: 'jared' } }

describe('a message of a group', () => {
  it('asks the bot that it names, without the mention, for whoever wrote it', () => {
    expect(parse()).toMatchObject({
      kind: 'turn',
      turn: {
        conversation,
        text: 'hello',
        askedAtMs: 1_670_574_414_123,
        customData: 'your cloud custom data',
      },
    })
  })

  it('asks each bot that it names, once, and each answer has a name of its own', () => {
    const named = ['@RBT#001', '@RBT#002', '@RBT#001', 'alice', 7]
    const said = [{ MsgType: 'TIMTextElem', MsgContent: { Text: '@@RBT#002 @@RBT#001 hi' } }]

    const parsed = parse({ AtRobots_Account: named, MsgBody: said })

    const turns =
      parsed.kind === 'several'
        ? parsed.callbacks.flatMap((one) => (one.kind === 'turn' ? [one.turn] : []))
        : []
    expect(turns.map(({ conversation: { from }, text }) => [from, text])).toEqual([
      ['@RBT#001', 'hi'],
      ['@RBT#002', 'hi'],
    ])
    expect(new Set(turns.map(({ replyId }) => parseReplyId(replyId))).size).toBe(2)
  })

  it('is the same turn when it comes again, and another in another group or topic', () => {
    const idOf = (changes?: object) => {
      const parsed = parse(changes)
      return parsed.kind === 'turn' ? parsed.turn.replyId : undefined
    }

    expect(idOf()).toBe(idOf({ Random: 1, EventTime: 2 }))
    const others = [{ GroupId: 'other' }, { MsgSeq: 124 }, { TopicId: '@TGS#_1@TOPIC#_2' }]
    expect(new Set([undefined, ...others].map(idOf)).size).toBe(4)
  })

  it('keeps its topic', () => {
    expect(parse({ TopicId: '@TGS#_1@TOPIC#_2' })).toMatchObject({
      turn: { conversation: { group: { asker: 'jared', topic: '@TGS#_1@TOPIC#_2' } } },
    })
  })

  it.each([
    ['from-bot', { From_Account: '@RBT#002' }],
    ['to-no-bot', { AtRobots_Account: [] }],
    ['to-no-bot', { AtRobots_Account: undefined }],
    ['to-no-bot', { AtRobots_Account: ['alice'] }],
  ])('is dropped as %s', (reason, changes) => {
    expect(parse(changes)).toEqual({ kind: 'dropped', reason, msgKey: `${group} 123` })
  })

  it.each([
    ['GroupId', { GroupId: 7 }],
    ['MsgSeq', { MsgSeq: '123' }],
    ['From_Account', { From_Account: '' }],
    ['MsgBody', { MsgBody: 'hello' }],
  ])('with a wrong %s is malformed', (field, changes) => {
    expect(parse(changes)).toEqual({ kind: 'malformed', field })
  })
})

describe('a mention', () => {
  const bots = ['@RBT#1', '@RBT#12']

  it.each([
    ['@@RBT#1 hello', 'hello'],
    ['@@RBT#12 @@RBT#1 hello', 'hello'],
    ['hello @@RBT#1', 'hello'],
    ['@Shop\u2005hello', 'hello'],
    ['@Shop @Help hello @alice', 'hello @alice'],
    ['@Shop', ''],
    ['hello', 'hello'],
    ['write to me@example.com', 'write to me@example.com'],
  ])('is taken off %j', (text, rest) => {
    expect(withoutMentions(text, bots)).toBe(rest)
  })

  it('takes nothing else away', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b ', '中', '.', '\n') }), (text) => {
        expect(withoutMentions(`@@RBT#1 ${text}`, ['@RBT#1'])).toBe(text.trim())
      }),
    )
  })
})

describe('a Stop in a group', () => {
  it.each([
    ['9_8_1700000000', `${group} 9`],
    [9, `${group} 9`],
    ['stream-1-2', 'stream-1-2'],
  ])('by the name %j stops what is claimed by it, for whoever pressed alone', (name, msgKey) => {
    expect(stop(name)).toEqual({ kind: 'interrupt', msgKey, conversation })
    expect(stop(name, { From_Account: 'eve' })).toMatchObject({
      conversation: { group: { asker: 'eve' } },
    })
  })

  it.each(['', 'a b', null, {}])('by the name %j is malformed', (name) => {
    expect(stop(name)).toEqual({ kind: 'malformed', field: 'MsgBody.Data.msgKey' })
  })
})
