import { describe, expect, it } from 'vitest'
import type { ChatSettings } from '../../../local/simulator/settings.ts'
import { setUp } from '../../support/simulated-rules.ts'

describe('admin_getroammsg', () => {
  it('gives the newest page first, and goes on from its oldest message', () => {
    const { open, read } = setUp({ pageBytes: 2400 })
    const keys = ['a', 'b', 'c'].map((letter) => open(letter.repeat(700)))

    const first = read()
    const { LastMsgTime, LastMsgKey, MsgList } = first
    const second = read({ MaxTime: LastMsgTime, LastMsgKey })

    expect(first).toMatchObject({ Complete: 0, MsgCnt: 2, LastMsgKey: keys[1] })
    expect(second).toMatchObject({ Complete: 1, MsgCnt: 1, LastMsgKey: keys[0] })
    expect(MsgList).toMatchObject([{ MsgKey: keys[1] }, { MsgKey: keys[2] }])
  })

  it('gives a page one message at least, and no more than were asked for', () => {
    const { open, read } = setUp({ pageBytes: 10 })
    open()
    open()

    expect(read()).toMatchObject({ Complete: 0, MsgCnt: 1 })
    expect(setUp().read({ MaxCnt: 1 })).toMatchObject({ Complete: 1, MsgCnt: 0 })
  })

  it('hides, or refuses, what it is set to', () => {
    const shown = (readBack: ChatSettings['readBack']) => {
      const { send, open, read } = setUp({ readBack })
      open()
      send({ Chunk: 'b', Finish: 1 })
      const { ErrorCode, MsgCnt } = read()
      return [ErrorCode, MsgCnt]
    }

    expect(shown('all')).toEqual([0, 2])
    expect(shown('finishedOnly')).toEqual([0, 1])
    expect(shown('nothing')).toEqual([0, 0])
    expect(shown('refused')).toEqual([60020, undefined])
  })

  it('shows chunks, marker and time as they are set', () => {
    const shown = (settings: Partial<ChatSettings>) => {
      const { send, open, read } = setUp(settings)
      send({ MsgKey: open(), Chunk: 'b' }, 3_000)
      return JSON.stringify(read({ MinTime: 1_700_000_001 })['MsgList'])
    }

    expect(shown({})).toBe('[]')
    const changed = { readBackTime: 'changed' } as const
    expect(shown(changed)).toContain('"MsgTimeStamp":1700000003')
    expect(shown(changed)).toContain(
      '{\\"chatbotPlugin\\":2,\\"src\\":2,\\"chunks\\":[\\"a\\",\\"b\\"]',
    )
    const old = { ...changed, storedChunks: 'joined', chatbotPlugin: 1 } as const
    expect(shown(old)).toContain('{\\"chatbotPlugin\\":1,\\"src\\":2,\\"chunks\\":[\\"ab\\"]')
  })

  it.each([{ MaxTime: 9_999_999_999 }, { MaxCnt: 101 }, { MinTime: -1 }, { Peer_Account: '' }])(
    'refuses %j',
    (fields) => {
      const { read, kinds } = setUp()

      expect(read(fields).ErrorCode).toBe(90001)
      expect(kinds()).toEqual(['malformed'])
    },
  )
})

describe('modify_c2c_msg', () => {
  const stream = (chunks: string[]) => ({ chatbotPlugin: 2, src: 2, chunks, isFinished: 1 })

  it('overwrites a message, or knows of none, as it is set', () => {
    const able = setUp()
    const unable = setUp({ acceptModify: false, modifyCode: 10004 })

    expect(able.modify(able.open(), stream(['b', 'c'])).ErrorCode).toBe(0)
    expect(able.rules.messages()).toMatchObject([{ text: 'bc', finished: true }])
    expect(unable.modify(unable.open(), stream(['b'])).ErrorCode).toBe(10004)
    expect(able.modify('1_2_3', stream(['b'])).ErrorCode).toBe(90054)
  })

  it('takes no message that is too long, nor one that clients could not read', () => {
    const { modify, open, kinds } = setUp()

    expect(modify(open(), stream(['x'.repeat(12_288)])).ErrorCode).toBe(80002)
    expect(modify(open(), { chunks: 'text' }).ErrorCode).toBe(90001)
    expect(kinds()).toEqual(['tooLong', 'malformed'])
  })
})
