import { describe, expect, it } from 'vitest'
import { parseQueueMessage } from '../../../lib/core/conversation/queue-message.ts'
import { parseTicketedMessage } from '../../../lib/core/conversation/ticketed-message.ts'
import { parseMsgKey, turnReplyId } from '../../../lib/core/conversation/turn.ts'

const turn = {
  replyId: 'turn:1_2_3',
  conversation: { from: '@RBT#bot', to: 'user' },
  text: 'What is a tide?',
  askedAtMs: 1_700_000_000_000,
}
const read = (value: unknown) => parseQueueMessage(JSON.stringify(value))

describe('a message of the queue', () => {
  it('is the rest of a reply', () => {
    expect(read({ kind: 'continuation', replyId: 'reply-1' })).toEqual({
      kind: 'continuation',
      replyId: 'reply-1',
    })
  })

  it('is a turn, with what its client sent along where it did', () => {
    expect(read({ kind: 'turn', turn: { ...turn, more: 1 } })).toEqual({ kind: 'turn', turn })
    const withData = { ...turn, customData: '{"a":1}' }
    expect(read({ kind: 'turn', turn: withData })).toEqual({ kind: 'turn', turn: withData })
    expect(read({ kind: 'turn', turn: { ...turn, customData: 7 } })).toEqual({ kind: 'turn', turn })
  })

  it.each([
    { kind: 'continuation', replyId: 'no name' },
    { kind: 'continuation' },
    { kind: 'continuation', replyId: null },
    { kind: 'continuation', replyId: 7 },
    { kind: 'turn' },
    { kind: 'other', replyId: 'reply-1', turn },
    { replyId: 'reply-1' },
    [],
    null,
    7,
  ])('is none where %o stands', (value) => {
    expect(read(value)).toBeUndefined()
  })

  it('is none where no JSON stands', () => {
    expect(parseQueueMessage('{"kind":"continuation"')).toBeUndefined()
  })

  it.each([
    ['replyId', 7],
    ['replyId', 'no name'],
    ['text', undefined],
    ['askedAtMs', '5'],
    ['conversation', { from: 1, to: 'user' }],
    ['conversation', { from: 'bot', to: 2 }],
    ['conversation', undefined],
  ])('is no turn where %s is %o', (field, value) => {
    expect(read({ kind: 'turn', turn: { ...turn, [field]: value } })).toBeUndefined()
  })
})

describe('the event of an asynchronous invocation', () => {
  const ticket = {
    conversation: turn.conversation,
    number: 1,
    issuedAtMs: 5,
    previousAtMs: 0,
  }

  it('is a message with its ticket', () => {
    expect(parseTicketedMessage({ kind: 'turn', turn, ticket })).toEqual({
      message: { kind: 'turn', turn },
      ticket,
    })
  })

  it.each([
    null,
    undefined,
    'ticket',
    { kind: 'turn', turn },
    { kind: 'turn', turn, ticket: {} },
    { kind: 'other', ticket },
  ])('is none where %o stands', (event) => {
    expect(parseTicketedMessage(event)).toBeUndefined()
  })
})

describe('a MsgKey', () => {
  it('names the answer to its message', () => {
    const key = parseMsgKey('48374_2837546_1557481126')

    expect(key && turnReplyId(key)).toBe('turn:48374_2837546_1557481126')
  })

  it.each([
    '',
    '1_2',
    '1_2_3_4',
    'x1_2_3',
    '1_2_3x',
    '1__3',
    '12345678901_2_3',
    '1_12345678901_3',
    '1_2_12345678901',
    'a_2_3',
    '1_a_3',
    '1_2_a',
  ])('is none where %o stands', (text) => {
    expect(parseMsgKey(text)).toBeUndefined()
  })
})
