import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TransportAnswer } from '../../../lib/adapters/tencent/chat-transport.ts'
import { tencentChatApi } from '../../../lib/adapters/tencent/tencent-chat-api.ts'
import type { MsgKey } from '../../../lib/core/reply/reply.ts'

const ends = { from: '@RBT#bot', to: 'user01' }
const msgKey = '606781340_3986845397_1706000918' as MsgKey
const span = { ...ends, minTimeSeconds: 100, maxTimeSeconds: 200 }
const success = { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 }

const json = (body: object): TransportAnswer => ({ kind: 'json', body: { ...success, ...body } })

/** Answers calls one after another, the last answer over and over, and notes what was sent. */
const setUp = (...answers: readonly TransportAnswer[]) => {
  const sent: unknown[] = []
  const api = tencentChatApi(
    async (command, body) => {
      sent.push({ command, ...body })
      return answers[Math.min(sent.length, answers.length) - 1] ?? json({})
    },
    { forgetSignature: () => sent.push('signature forgotten'), clock: { now: () => 0 } },
  )
  return { api, sent }
}

const entry = (time: number, data: unknown, key = `1_1_${time}`) => ({
  From_Account: ends.from,
  To_Account: ends.to,
  MsgTimeStamp: time,
  MsgKey: key,
  MsgBody: [{ MsgType: 'TIMCustomElem', MsgContent: { Data: JSON.stringify(data) } }],
})

const stream = (chunks: unknown, isFinished?: unknown) => ({
  chatbotPlugin: 2,
  src: 2,
  chunks,
  isFinished,
})

describe('tencentChatApi', () => {
  it('sends only the fields that a call needs', async () => {
    const { api, sent } = setUp(json({ MsgKey: msgKey }))

    await api.sendChunk({ ...ends, text: 'a', finish: false })
    await api.sendChunk({ ...ends, text: 'b', msgKey, finish: true })

    const command = 'openim_robot_http_svc/send_stream_msg'
    const accounts = { From_Account: '@RBT#bot', To_Account: 'user01' }
    expect(sent).toEqual([
      { command, ...accounts, Chunk: 'a' },
      { command, ...accounts, Chunk: 'b', MsgKey: msgKey, Finish: 1 },
    ])
  })

  it.each([undefined, '', 7, null])('is in doubt about a message opened as %j', async (MsgKey) => {
    const { api } = setUp(json({ MsgKey }))

    const opened = await api.sendChunk({ ...ends, text: 'a', finish: false })
    const appended = await api.sendChunk({ ...ends, text: 'b', msgKey, finish: false })

    expect(opened).toMatchObject({ ok: false, error: { reason: 'inDoubt' } })
    expect(appended).toEqual({ ok: true, value: { msgKey } })
  })

  it('overwrites a message in the form that clients read', async () => {
    const { api, sent } = setUp(json({}))

    await api.replaceMessage({ ...ends, msgKey, chunks: ['a', 'b'], finished: true })

    expect(sent).toEqual([
      {
        command: 'openim/modify_c2c_msg',
        From_Account: '@RBT#bot',
        To_Account: 'user01',
        MsgKey: msgKey,
        MsgBody: [
          {
            MsgType: 'TIMCustomElem',
            MsgContent: { Data: '{"chatbotPlugin":2,"src":2,"chunks":["a","b"],"isFinished":1}' },
          },
        ],
      },
    ])
  })

  it('reads page after page, drops what comes twice, and puts the oldest first', async () => {
    const newest = entry(190, stream(['c'], 1))
    const middle = entry(180, stream(['b'], 0))
    const oldest = entry(170, stream(['a'], 1))
    const { api, sent } = setUp(
      json({
        Complete: 0,
        LastMsgTime: 180,
        LastMsgKey: middle.MsgKey,
        MsgList: [middle, newest],
      }),
      json({ Complete: 1, MsgList: [oldest, middle] }),
    )

    const outcome = await api.readMessages(span)

    expect(outcome.ok && outcome.value.map(({ text }) => text)).toEqual(['a', 'b', 'c'])
    const request = {
      command: 'openim/admin_getroammsg',
      Operator_Account: '@RBT#bot',
      Peer_Account: 'user01',
      MaxCnt: 100,
      MinTime: 100,
    }
    expect(sent).toEqual([
      { ...request, MaxTime: 200 },
      { ...request, MaxTime: 180, LastMsgKey: middle.MsgKey },
    ])
  })

  it('gives up a conversation that does not end, rather than leaving messages out', async () => {
    const page = { Complete: 0, LastMsgTime: 180, LastMsgKey: '1_1_180', MsgList: [] }
    const { api, sent } = setUp(json(page))

    expect(await api.readMessages(span)).toMatchObject({ ok: false, error: { reason: 'inDoubt' } })
    expect(sent).toHaveLength(20)
  })

  it('is in doubt about a list that goes on but does not say where', async () => {
    const { api } = setUp(json({ Complete: 0, MsgList: [] }))

    expect(await api.readMessages(span)).toMatchObject({ ok: false, error: { reason: 'inDoubt' } })
  })

  it('takes an empty conversation for what it is', async () => {
    const { api } = setUp(json({ Complete: 1, MsgCnt: 0 }))

    expect(await api.readMessages(span)).toEqual({ ok: true, value: [] })
  })

  it.each([
    ['an array of chunks', stream(['a', 'b'], 0), { text: 'ab', chunks: ['a', 'b'] }, false],
    ['one string', stream('ab', 1), { text: 'ab', chunks: ['ab'] }, true],
    ['the first generation', { ...stream(['a'], 1), chatbotPlugin: 1 }, { text: 'a' }, true],
    ['no word on its end', stream(['a']), { text: 'a' }, false],
    ['nonsense about its end', stream(['a'], 'soon'), { text: 'a' }, false],
    ['chunks that are no text', stream([1, 2], 1), {}, false],
    ['an error', { chatbotPlugin: 2, src: 23, errorInfo: 'x' }, {}, false],
    ['data that is no object', 7, {}, false],
  ])('reads a message with %s', async (_name, data, fields, finished) => {
    const { api } = setUp(json({ Complete: 1, MsgList: [entry(150, data)] }))

    const outcome = await api.readMessages(span)

    const message = outcome.ok ? outcome.value[0] : undefined
    expect(message).toMatchObject({
      ...ends,
      msgKey: '1_1_150',
      timeSeconds: 150,
      ...fields,
      finished,
    })
    expect(message && 'text' in message).toBe('text' in fields)
  })

  it('reads a text of a user as a message without streamed text', async () => {
    const typed = { ...entry(150, {}), MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: {} }] }
    const nameless = { ...entry(150, {}), MsgKey: undefined }
    const { api } = setUp(json({ Complete: 1, MsgList: [typed, nameless, 'garbage'] }))

    const outcome = await api.readMessages(span)

    expect(outcome.ok && outcome.value).toEqual([
      { ...ends, msgKey: '1_1_150', timeSeconds: 150, finished: false },
    ])
  })

  it('signs again once, and then takes the refusal', async () => {
    const { api, sent } = setUp(json({ ErrorCode: 70009, ErrorInfo: 'sig' }))

    const outcome = await api.deleteRobot('@RBT#bot')

    const call = { command: 'openim_robot_http_svc/delete_robot', Robot_Account: '@RBT#bot' }
    expect(sent).toEqual([call, 'signature forgotten', call])
    expect(outcome).toMatchObject({ ok: false, error: { reason: 'refused', code: 70009 } })
  })

  it('takes what the second signature brings', async () => {
    const { api } = setUp(json({ ErrorCode: 70001 }), { kind: 'lost', detail: 'gone' })

    expect(await api.deleteRobot('@RBT#bot')).toEqual({
      ok: false,
      error: { reason: 'inDoubt', detail: 'gone' },
    })
  })

  it('is in doubt about success that says FAIL', async () => {
    const { api } = setUp(json({ ActionStatus: 'FAIL' }))

    expect(await api.createRobot({ userId: '@RBT#bot' })).toMatchObject({
      error: { reason: 'inDoubt' },
    })
  })

  it('never throws, whatever the service answers', async () => {
    const anything = fc.anything()
    const nearly = fc.record({
      ErrorCode: fc.oneof(fc.constant(0), fc.integer()),
      ErrorInfo: anything,
      MsgKey: anything,
      MsgList: fc.oneof(anything, fc.array(fc.record({ MsgKey: fc.string(), MsgBody: anything }))),
      Complete: anything,
      LastMsgTime: anything,
      Robot_Account: anything,
    })

    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, nearly), async (body) => {
        const { api } = setUp({ kind: 'json', body })

        const outcomes = await Promise.all([
          api.sendChunk({ ...ends, text: 'a', finish: false }),
          api.readMessages(span),
          api.replaceMessage({ ...ends, msgKey, chunks: [], finished: true }),
          api.listRobots(),
        ])

        for (const outcome of outcomes) expect(typeof outcome.ok).toBe('boolean')
      }),
    )
  })
})
