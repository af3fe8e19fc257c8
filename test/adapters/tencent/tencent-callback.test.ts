import { describe, expect, it } from 'vitest'
import { parseCallback } from '../../../lib/adapters/tencent/tencent-callback.ts'
import { interruptBody, messageBody, msgKey } from '../../support/callbacks.ts'

const command = 'Bot.OnC2CMessage'
const parse = (body: unknown, as = command) =>
  parseCallback(as, typeof body === 'string' ? body : JSON.stringify(body))
const withElements = (...elements: readonly (readonly [string, unknown])[]) =>
  messageBody({ MsgBody: elements.map(([MsgType, MsgContent]) => ({ MsgType, MsgContent })) })
const text = (Text: unknown) => ['TIMTextElem', { Text }] as const

const typing = JSON.stringify({ businessID: 'user_typing_status', typingStatus: 1, version: 1 })

describe('a message of a user', () => {
  const turn = {
    replyId: `turn:${msgKey}`,
    conversation: { from: '@RBT#001', to: 'jared' },
    text: 'red packet',
    askedAtMs: 1_670_574_414_123,
    customData: 'your cloud custom data',
  }

  it.each([command, 'C2C.CallbackAfterSendMsg'])('is a turn when it comes as %s', (as) => {
    expect(parse(messageBody({ CallbackCommand: as }), as)).toEqual({ kind: 'turn', turn })
  })

  it('needs nothing that the documents call optional', () => {
    const { From_Account, To_Account, MsgKey, MsgBody } = messageBody()

    expect(parse({ From_Account, To_Account, MsgKey, MsgBody })).toEqual({
      kind: 'turn',
      turn: {
        replyId: turn.replyId,
        conversation: turn.conversation,
        text: turn.text,
        askedAtMs: 1_557_481_126_000,
      },
    })
  })

  it('may carry fields that nobody knows', () => {
    const body = messageBody({ UnreadMsgNum: 3, SupportMessageExtension: 0, New: { a: [1] } })

    expect(parse(body)).toEqual({ kind: 'turn', turn })
  })

  it('was written when the event says, else when the message says', () => {
    const askedAt = (changes: object) => {
      const parsed = parse(messageBody(changes))
      return parsed.kind === 'turn' && parsed.turn.askedAtMs
    }

    expect(askedAt({ EventTime: 5 })).toBe(5)
    expect(askedAt({ EventTime: undefined, MsgTime: 7 })).toBe(7_000)
    expect(askedAt({ EventTime: null, MsgTime: null })).toBe(1_557_481_126_000)
  })

  it('has the texts of its elements, a line each', () => {
    const body = withElements(
      text('first '),
      ['TIMFaceElem', { Index: 1, Data: 'face' }],
      ['TIMImageElem', undefined],
      ['TIMCustomElem', { Data: '{"src":2,"chatbotPlugin":2}', Text: 'no' }],
      text(7),
      text('second\n'),
    )

    expect(parse(body)).toMatchObject({ kind: 'turn', turn: { text: 'first \nsecond\n' } })
  })

  it('loses half characters, which nobody could send on', () => {
    const body = withElements(text('a\ud83d👋'))

    expect(parse(body)).toMatchObject({ kind: 'turn', turn: { text: 'a\uFFFD👋' } })
  })

  it.each([
    ['from-bot', messageBody({ From_Account: '@RBT#002' })],
    ['from-bot', messageBody({ From_Account: '@RBT#002', To_Account: 'jared' })],
    ['to-no-bot', messageBody({ To_Account: 'other' })],
    ['to-no-bot', messageBody({ To_Account: 'x@RBT#001' })],
    ['not-sent', messageBody({ SendMsgResult: 20003 })],
    ['signal', messageBody({ MsgBody: [], OnlineOnlyFlag: 1 })],
    ['signal', withElements(['TIMCustomElem', { Data: typing }])],
    ['signal', { ...withElements(['TIMCustomElem', { Data: 'ring' }]), OnlineOnlyFlag: 1 }],
    ['too-long', withElements(text('a'.repeat(32_001)))],
  ])('is dropped as %s', (reason, body) => {
    expect(parse(body)).toEqual({ kind: 'dropped', reason, msgKey })
  })

  it.each([
    ['body', 'no JSON'],
    ['body', ''],
    ['body', 'null'],
    ['body', '[1'],
    ['From_Account', []],
    ['CallbackCommand', messageBody({ CallbackCommand: 'State.StateChange' })],
    ['CallbackCommand', messageBody({ CallbackCommand: 7 })],
    ['From_Account', messageBody({ From_Account: undefined })],
    ['From_Account', messageBody({ From_Account: '' })],
    ['From_Account', messageBody({ From_Account: 'a'.repeat(33) })],
    ['To_Account', messageBody({ To_Account: 7 })],
    ['To_Account', messageBody({ To_Account: '@RBT#\n' })],
    ['MsgKey', messageBody({ MsgKey: '1_2' })],
    ['MsgKey', messageBody({ MsgKey: '1_2_3/../4' })],
    ['EventTime', messageBody({ EventTime: '1' })],
    ['MsgTime', messageBody({ MsgTime: -1 })],
    ['SendMsgResult', messageBody({ SendMsgResult: 'no' })],
    ['MsgBody', messageBody({ MsgBody: 'text' })],
    ['MsgBody.1', messageBody({ MsgBody: [{ MsgType: 'a' }, null] })],
    ['MsgBody.0.MsgType', messageBody({ MsgBody: [{}] })],
    ['CloudCustomData', messageBody({ CloudCustomData: {} })],
  ])('is malformed in %s', (field, body) => {
    expect(parse(body)).toEqual({ kind: 'malformed', field })
  })
})

describe('an interrupt', () => {
  const interrupt = { kind: 'interrupt', msgKey, conversation: { from: '@RBT#001', to: 'jared' } }

  it.each([
    ['as the clients send it', { chatbotPlugin: 2, src: 22, msgKey }],
    ['of the first generation, its source a text', { chatbotPlugin: 1, src: '22', msgKey }],
    ['with more in it', { chatbotPlugin: 2, src: 22, msgKey, extra: [] }],
  ])('is one %s', (_name, sent) => {
    expect(parse(interruptBody(sent))).toEqual(interrupt)
  })

  it('is one whatever text comes with it', () => {
    const body = interruptBody()
    const MsgBody = [{ MsgType: 'TIMTextElem', MsgContent: { Text: 'stop' } }, ...body.MsgBody]

    expect(parse({ ...body, MsgBody })).toEqual(interrupt)
  })

  it.each([
    ['another source', { chatbotPlugin: 2, src: 2, msgKey }],
    ['no mark of the protocol', { src: 22, msgKey }],
    ['no JSON', 'src 22'],
    ['no object', '22'],
  ])('is none with %s', (_name, sent) => {
    expect(parse(interruptBody(sent))).toEqual({
      kind: 'dropped',
      reason: 'signal',
      msgKey: '1_2_3',
    })
  })

  it.each([undefined, 7, 'x', '1_2_3_4'])('is malformed when it names the message %j', (other) => {
    expect(parse(interruptBody({ chatbotPlugin: 2, src: 22, msgKey: other }))).toEqual({
      kind: 'malformed',
      field: 'MsgBody.Data.msgKey',
    })
  })

  it('of a stream whose time nobody knew names it without its time as well', () => {
    const sent = { chatbotPlugin: 2, src: 22, msgKey: '77_77_1557481126' }

    expect(parse(interruptBody(sent))).toMatchObject({
      kind: 'interrupt',
      msgKey: '77_77_1557481126',
      otherKey: '77_77',
    })
  })

  it.each([
    ['from-bot', { From_Account: '@RBT#002' }],
    ['to-no-bot', { To_Account: 'other' }],
  ])('is dropped as %s', (reason, changes) => {
    expect(parse(interruptBody(undefined, changes))).toMatchObject({ kind: 'dropped', reason })
  })
})

describe('any other callback', () => {
  it('of a group that lacks its message is malformed, as is one that says it is another', () => {
    const body = { CallbackCommand: 'Bot.OnGroupMessage', GroupId: '@TGS#2J4SZEAEL' }

    expect(parse(body, 'Bot.OnGroupMessage')).toMatchObject({ kind: 'malformed' })
    expect(parse(body)).toEqual({ kind: 'malformed', field: 'CallbackCommand' })
  })

  it('is unknown, whatever its body, and its name is shown in short', () => {
    expect(parse('no JSON', 'State.StateChange')).toEqual({
      kind: 'unknown',
      command: 'State.StateChange',
    })
    expect(parse('', '')).toEqual({ kind: 'unknown', command: '' })
    expect(parse('', `\n${'x'.repeat(99)}`)).toEqual({
      kind: 'unknown',
      command: `?${'x'.repeat(63)}`,
    })
  })
})
