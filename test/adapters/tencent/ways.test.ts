import { describe, expect, it } from 'vitest'
import { tencentChatApi } from '../../../lib/adapters/tencent/tencent-chat-api.ts'
import type { StreamCall } from '../../../lib/core/reply/chat-calls.ts'
import type { MsgKey, WayName } from '../../../lib/core/reply/reply.ts'

/** Sends one call, and shows what went out and what became of it. */
const send = async (call: StreamCall, answer: object, groupForm: 'stream' | 'text' = 'stream') => {
  const sent: { readonly command: string; readonly body: object }[] = []
  const api = tencentChatApi(
    async (command, body) => {
      sent.push({ command, body })
      return { kind: 'json', body: { ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '', ...answer } }
    },
    {
      forgetSignature: () => {},
      clock: { now: () => 1_700_000_000_000 },
      calls: { groupForm, keepAliveEvent: 'keepAlive' },
    },
  )
  return { written: await api.sendChunk(call), sent }
}

const toGroup = { from: '@RBT#bot', to: '@TGS#group', group: { asker: 'alice' } }
const toUser = { from: '@RBT#bot', to: 'alice' }
const repeatable = (way: WayName, index = 1, before = '', again = false) => ({
  way,
  index,
  before,
  number: 70 + index,
  openingNumber: 71,
  again,
})
const refused = { ActionStatus: 'FAIL', ErrorCode: 10_004, ErrorInfo: 'used before' }

describe('modify', () => {
  const data = (text: string, isFinished: 0 | 1) => ({
    MsgType: 'TIMCustomElem',
    MsgContent: { Data: JSON.stringify({ chatbotPlugin: 2, src: 2, chunks: [text], isFinished }) },
  })

  it('opens with its number and names who asked; the message is known by its number in the group as well', async () => {
    const call = { ...toGroup, text: 'Hi', finish: false, repeatable: repeatable('modify') }
    const { written, sent } = await send(call, { MsgSeq: 5, MsgTime: 1_700_000_001 })

    expect(sent).toEqual([
      {
        command: 'group_open_http_svc/send_group_msg',
        body: {
          GroupId: '@TGS#group',
          From_Account: '@RBT#bot',
          Random: 71,
          MsgBody: [data('Hi', 0)],
          GroupAtInfo: [{ GroupAtAllFlag: 0, GroupAt_Account: 'alice' }],
        },
      },
    ])
    const value = { msgKey: '5_71_1700000001', otherKeys: ['@TGS#group 5'] }
    expect(written).toEqual({ ok: true, value })
  })

  it('goes on with the whole text, in the topic', async () => {
    const msgKey = '5_71_1700000001' as MsgKey
    const place = { ...toGroup, group: { topic: '@TOPIC#_1' } }
    const numbered = repeatable('modify', 2, 'Hi')
    const { sent } = await send(
      { ...place, text: ' you', finish: true, msgKey, repeatable: numbered },
      {},
    )

    const body = { GroupId: '@TGS#group', MsgSeq: 5, MsgBody: [data('Hi you', 1)] }
    expect(sent).toEqual([
      { command: 'openim/modify_group_msg', body: { ...body, TopicId: '@TOPIC#_1' } },
    ])
  })

  it('may be plain text', async () => {
    const call = { ...toGroup, text: 'Hi', finish: false, repeatable: repeatable('modify') }
    const { sent } = await send(call, { MsgSeq: 5, MsgTime: 1 }, 'text')

    expect(sent).toMatchObject([
      { body: { MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: 'Hi' } }] } },
    ])
  })

  it('is in doubt where the message has no number', async () => {
    const call = { ...toGroup, text: 'Hi', finish: false, repeatable: repeatable('modify') }

    expect((await send(call, {})).written).toMatchObject({ error: { reason: 'inDoubt' } })
  })
})

describe('native', () => {
  const streamOf = (sent: readonly { readonly body: object }[]) =>
    JSON.parse(JSON.stringify(sent))[0].body.MsgBody[0].MsgContent

  it('opens a stream to a user with its index, and the names that a client may give it', async () => {
    const call = { ...toUser, text: 'Hi', finish: false, repeatable: repeatable('native') }
    const { written, sent } = await send(call, { StreamMsgID: 's1', MsgKey: '71_71_1700000001' })

    expect(sent).toEqual([
      {
        command: 'stream_msg/send_c2c_stream_msg',
        body: {
          SyncOtherMachine: 1,
          From_Account: '@RBT#bot',
          To_Account: 'alice',
          MsgSeq: 71,
          MsgRandom: 71,
          MsgBody: [
            {
              MsgType: 'TIMStreamElem',
              MsgContent: {
                CompatibleText: 'Hi',
                Chunks: [{ EventType: 'data', Index: 1, Markdown: 'Hi', IsLast: false }],
              },
            },
          ],
        },
      },
    ])
    const otherKeys = ['71_71_1700000001', '71_71']
    expect(written).toEqual({ ok: true, value: { msgKey: 's1', otherKeys } })
  })

  it('goes on in a group by the name of the stream, with both spellings of its number', async () => {
    const numbered = repeatable('native', 2, 'Hi')
    const call = { ...toGroup, text: ' you', finish: true, msgKey: 's1' as MsgKey }
    const { sent } = await send({ ...call, repeatable: numbered }, {})

    expect(sent).toMatchObject([
      {
        command: 'stream_msg/send_group_stream_msg',
        body: { GroupId: '@TGS#group', From_Account: '@RBT#bot', MsgRandom: 72, Random: 72 },
      },
    ])
    expect(streamOf(sent)).toEqual({
      CompatibleText: 'Hi you',
      StreamMsgID: 's1',
      Chunks: [{ EventType: 'data', Index: 2, Markdown: ' you', IsLast: true }],
    })
  })

  it('keeps a stream open with an event of its own', async () => {
    const call = { ...toUser, text: '', finish: false, msgKey: 's1' as MsgKey }
    const { sent } = await send({ ...call, repeatable: repeatable('native', 2, 'Hi') }, {})

    expect(streamOf(sent).Chunks).toEqual([
      { EventType: 'keepAlive', Index: 2, Markdown: '', IsLast: false },
    ])
  })

  it('shows the beginning of a long text to clients that know no streams', async () => {
    const call = { ...toUser, text: '👋'.repeat(400), finish: false, msgKey: 's1' as MsgKey }
    const { sent } = await send(
      { ...call, repeatable: repeatable('native', 2, 'x'.repeat(499)) },
      {},
    )

    expect(streamOf(sent).CompatibleText).toMatch(/^x{499}\uFFFD …$/)
  })

  it('counts as failed where the answer names no stream', async () => {
    const call = { ...toUser, text: 'Hi', finish: false, repeatable: repeatable('native') }
    const { written } = await send(call, {})

    expect(written).toMatchObject({ ok: false, error: { reason: 'refused' } })
    expect(JSON.stringify(written)).toContain('StreamMsgID')
  })

  it('was applied where a repeated call is refused, but for moderation; a first one was not', async () => {
    const call = { ...toUser, text: 'Hi', finish: false, msgKey: 's1' as MsgKey }
    const first = repeatable('native', 2)
    const again = repeatable('native', 2, '', true)

    expect((await send({ ...call, repeatable: again }, refused)).written).toMatchObject({
      ok: true,
    })
    expect((await send({ ...call, repeatable: first }, refused)).written).toMatchObject({
      ok: false,
    })
    const moderated = { ...refused, ErrorCode: 80_001 }
    expect((await send({ ...call, repeatable: again }, moderated)).written).toMatchObject({
      error: { moderated: true },
    })
  })
})

it('too much for one group slows that group alone', async () => {
  const call = { ...toGroup, text: 'Hi', finish: false, repeatable: repeatable('modify') }
  const tooMuch = { ActionStatus: 'FAIL', ErrorCode: 10_023, ErrorInfo: '' }

  expect((await send(call, tooMuch)).written).toMatchObject({
    error: { reason: 'slowDown', ofGroup: true },
  })
})
