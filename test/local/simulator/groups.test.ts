import { describe, expect, it } from 'vitest'
import { chatRules } from '../../../local/simulator/rules.ts'
import type { ChatSettings } from '../../../local/simulator/settings.ts'

const T = 1_700_000_000_000
const groupId = '@TGS#group'
const bot = '@RBT#bot'
const element = (text: string, isFinished: 0 | 1 = 0) => ({
  MsgType: 'TIMCustomElem',
  MsgContent: { Data: JSON.stringify({ chatbotPlugin: 2, src: 2, chunks: [text], isFinished }) },
})

const setUp = (settings: Partial<ChatSettings> = {}) => {
  const rules = chatRules(settings)
  const open = (Random: number, text = 'Hi', atMs = 0, from = bot) =>
    rules.handle(
      'group_open_http_svc/send_group_msg',
      { GroupId: groupId, From_Account: from, Random, MsgBody: [element(text)] },
      T + atMs,
    )
  const modify = (MsgSeq: unknown, text: string, isFinished: 0 | 1 = 0) =>
    rules.handle(
      'openim/modify_group_msg',
      { GroupId: groupId, MsgSeq, MsgBody: [element(text, isFinished)] },
      T,
    )
  const read = (fields: object) =>
    rules.handle(
      'group_open_http_svc/group_msg_get_simple',
      { GroupId: groupId, ReqMsgNumber: 20, ...fields },
      T,
    )
  const stream = (chunk: object, fields: object = {}, atMs = 0) =>
    rules.handle(
      'stream_msg/send_group_stream_msg',
      {
        GroupId: groupId,
        From_Account: bot,
        MsgRandom: 7,
        MsgBody: [
          {
            MsgType: 'TIMStreamElem',
            MsgContent: {
              CompatibleText: '…',
              Chunks: [{ EventType: 'data', Index: 1, Markdown: 'Hi', IsLast: false, ...chunk }],
              ...fields,
            },
          },
        ],
      },
      T + atMs,
    )
  const kinds = () => rules.violations.map(({ kind }) => kind)
  return { rules, open, modify, read, stream, kinds }
}

describe('a group of the simulated service', () => {
  it('numbers its messages from 1, and knows an opening again for five minutes', () => {
    const { open } = setUp()

    expect(open(1)).toMatchObject({ MsgSeq: 1 })
    expect(open(2)).toMatchObject({ MsgSeq: 2 })
    expect(open(1, 'again', 299_000)).toMatchObject({ MsgSeq: 1 })
    expect(open(1, 'later', 300_000)).toMatchObject({ MsgSeq: 3 })
  })

  it('has a message overwritten whole, and none that is not there', () => {
    const { rules, open, modify } = setUp()
    open(1)

    expect(modify(1, 'Hi you', 1).ErrorCode).toBe(0)
    expect(modify(2, 'Hi').ErrorCode).toBe(20_022)
    expect(rules.messages()).toMatchObject([{ text: 'Hi you', finished: true, group: true }])
  })

  it('takes so many messages and changes a second', () => {
    const { open, modify, kinds } = setUp({ groupCallsPerSecond: 2 })

    expect([open(1), modify(1, 'a'), modify(1, 'b')].map(({ ErrorCode }) => ErrorCode)).toEqual([
      0, 0, 10_023,
    ])
    expect(kinds()).toEqual(['overRate'])
  })

  it('is written into by its members alone', () => {
    const { open } = setUp({ groups: { [groupId]: [bot] } })

    expect(open(1).ErrorCode).toBe(0)
    expect(open(2, 'Hi', 0, '@RBT#stranger').ErrorCode).toBe(10_007)
    expect(setUp({ groups: {} }).open(1).ErrorCode).toBe(10_015)
  })

  it('is read newest first, twenty at a time, up to the number that is asked for', () => {
    const { open, read } = setUp()
    for (let n = 1; n <= 25; n += 1) open(n)

    const seqs = (fields: object) =>
      (read(fields)['RspMsgList'] as readonly { readonly MsgSeq: number }[]).map(
        ({ MsgSeq }) => MsgSeq,
      )
    expect(seqs({})).toEqual(Array.from({ length: 20 }, (_, n) => 25 - n))
    expect(seqs({ ReqMsgSeq: 5 })).toEqual([5, 4, 3, 2, 1])
    expect(seqs({ ReqMsgSeq: 5, ReqMsgNumber: 1 })).toEqual([5])
  })
})

describe('a native stream of the simulated service', () => {
  const next = (index: number, Markdown: string, more: object = {}) => ({
    Index: index,
    Markdown,
    ...more,
  })

  it('takes each index once, in order, and reports what clients could not show', () => {
    const { rules, stream, kinds } = setUp()
    const { StreamMsgID } = stream({})

    expect(stream(next(2, ' you'), { StreamMsgID }).ErrorCode).toBe(0)
    expect(stream(next(2, ' you'), { StreamMsgID }).ErrorCode).toBe(10_004)
    expect(kinds()).toEqual([])
    expect(stream(next(2, ' all'), { StreamMsgID }).ErrorCode).toBe(10_004)
    expect(stream(next(4, '!'), { StreamMsgID }).ErrorCode).toBe(10_004)
    expect(kinds()).toEqual(['indexTwoTexts', 'indexSkipped'])
    expect(rules.messages()).toMatchObject([{ text: 'Hi you', finished: false }])
  })

  it('ends with its last chunk, and by itself after 15 s of silence', () => {
    for (const [last, atMs] of [
      [true, 0],
      [false, 15_001],
    ] as const) {
      const { rules, stream } = setUp()
      const { StreamMsgID } = stream({})
      stream(next(2, ' you', { IsLast: last }), { StreamMsgID })

      expect(stream(next(3, '!'), { StreamMsgID }, atMs).ErrorCode).toBe(90_054)
      expect(rules.messages()).toMatchObject([{ text: 'Hi you', finished: true }])
    }
  })

  it('shows its text in the history only once it has ended', () => {
    const { stream, read } = setUp()
    const { StreamMsgID } = stream({})
    const shown = () => JSON.stringify(read({})['RspMsgList'])

    expect(shown()).not.toContain('"Markdown"')
    stream(next(2, ' you', { IsLast: true }), { StreamMsgID })
    expect(shown()).toContain('"Markdown":"Hi you"')
  })

  it('takes five calls a second, and so many bytes', () => {
    const { stream, kinds } = setUp({ nativeBytes: 20 })
    const { StreamMsgID } = stream({})
    for (let n = 2; n <= 6; n += 1) stream(next(n, '.'), { StreamMsgID })

    expect(stream(next(7, '.'), { StreamMsgID }).ErrorCode).toBe(60_007)
    expect(stream(next(7, 'x'.repeat(20)), { StreamMsgID }, 2_000).ErrorCode).toBe(80_002)
    expect(kinds()).toEqual(['overRate', 'tooLong'])
  })

  it('is opened so often a day as the plan allows, and not at all where there is none', () => {
    expect(setUp({ nativePerDay: 0 }).stream({}).ErrorCode).toBe(60_028)
    expect(setUp({ native: 'absent' }).stream({}).ErrorCode).toBe(60_009)
    expect(setUp({ native: 'unnamed' }).stream({})).not.toHaveProperty('StreamMsgID')
  })
})
