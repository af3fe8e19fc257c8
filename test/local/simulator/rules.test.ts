import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodedBytes } from '../../../local/simulator/message-size.ts'
import type { MessageView } from '../../../local/simulator/messages.ts'
import { chatRules } from '../../../local/simulator/rules.ts'
import type { ChatSettings } from '../../../local/simulator/settings.ts'

const START_MS = 1_700_000_000_000
const ends = { From_Account: '@RBT#bot', To_Account: 'user01' }
const sendCommand = 'openim_robot_http_svc/send_stream_msg'

const setUp = (settings: Partial<ChatSettings> = {}) => {
  const rules = chatRules(settings)
  const send = (fields: object, atMs = 0) =>
    rules.handle(sendCommand, { ...ends, ...fields }, START_MS + atMs)
  const open = (text = 'a'): string => send({ Chunk: text }).MsgKey ?? ''
  const robot = (command: string, body: object) =>
    rules.handle(`openim_robot_http_svc/${command}`, body, START_MS)
  const read = (fields: object = {}) => {
    const span = { MaxCnt: 100, MinTime: 0, MaxTime: 4_294_967_295 }
    const accounts = { Operator_Account: '@RBT#bot', Peer_Account: 'user01' }
    return rules.handle('openim/admin_getroammsg', { ...accounts, ...span, ...fields }, START_MS)
  }
  const modify = (MsgKey: string, data: unknown) => {
    const content = { MsgContent: { Data: JSON.stringify(data) }, MsgType: 'TIMCustomElem' }
    const body = { ...ends, MsgKey, MsgBody: [content] }
    return rules.handle('openim/modify_c2c_msg', body, START_MS)
  }
  const kinds = () => rules.violations.map(({ kind }) => kind)
  return { rules, send, open, robot, read, modify, kinds }
}

describe('send_stream_msg', () => {
  it('names a message after the second of its first call', () => {
    const { send } = setUp()

    expect(send({ Chunk: 'a' }, 2999)).toEqual({
      ActionStatus: 'OK',
      ErrorInfo: '',
      ErrorCode: 0,
      MsgKey: expect.stringMatching(/^\d+_\d+_1700000002$/),
    })
  })

  it.each([
    ['no Chunk', {}],
    ['a Chunk that is no text', { Chunk: 1 }],
    ['no receiver', { Chunk: 'a', To_Account: '' }],
    ['a sender that is no robot', { Chunk: 'a', From_Account: 'user02' }],
    ['a Finish that is no number', { Chunk: 'a', Finish: true }],
    ['an empty MsgKey', { Chunk: 'a', MsgKey: '' }],
  ])('refuses %s', (_name, fields) => {
    const { send, kinds } = setUp()

    expect(send(fields).ErrorCode).toBe(10004)
    expect(kinds()).toEqual(['malformed'])
  })

  it('refuses an empty chunk, takes it, or ignores it, as it is set', () => {
    const strict = setUp()
    const careless = setUp({ emptyChunk: 'ignored' })
    const MsgKey = careless.open('a')
    const lenient = setUp({ emptyChunk: 'accepted' })

    expect(strict.send({ Chunk: '' }).ErrorCode).toBe(10004)
    expect(strict.kinds()).toEqual(['emptyChunk'])
    expect(lenient.send({ Chunk: '', Finish: 1 }).ErrorCode).toBe(0)
    expect(lenient.kinds()).toEqual([])
    expect(careless.send({ MsgKey, Chunk: '', Finish: 1 })).toMatchObject({ ErrorCode: 0, MsgKey })
    expect(careless.send({ Chunk: '' }).MsgKey).toBeUndefined()
    expect(careless.rules.messages()).toMatchObject([{ text: 'a', finished: false }])
    expect(careless.kinds()).toEqual(['emptyChunk', 'emptyChunk'])
  })

  it('answers a call after the end as it is set', () => {
    const { send, open, kinds } = setUp({ afterFinishCode: 10004 })
    const MsgKey = open()
    send({ MsgKey, Chunk: 'b', Finish: 1 })

    expect(send({ MsgKey, Chunk: 'c' }).ErrorCode).toBe(10004)
    expect(kinds()).toEqual(['afterFinish'])
  })

  it.each([
    ['ignored', 'ab'],
    ['appended', 'abc'],
  ] as const)('answers OK to a call after the end that is %s', (afterFinish, text) => {
    const { rules, send, open, kinds } = setUp({ afterFinish })
    const MsgKey = open()
    send({ MsgKey, Chunk: 'b', Finish: 1 })

    expect(send({ MsgKey, Chunk: 'c' }).ErrorCode).toBe(0)
    expect(rules.messages()).toMatchObject([{ text, finished: true }])
    expect(kinds()).toEqual(['afterFinish'])
  })

  it('answers a chunk too many as it is set, and takes nothing more where that is set', () => {
    const { rules, send, open } = setUp({ tooLongCode: 93000, tooLongEnds: true })
    const alive = setUp()
    const MsgKey = open()
    const aliveKey = alive.open()

    expect(send({ MsgKey, Chunk: 'x'.repeat(12_288) }).ErrorCode).toBe(93000)
    expect(send({ MsgKey, Chunk: 'b', Finish: 1 }).ErrorCode).toBe(90054)
    expect(rules.messages()).toMatchObject([{ text: 'a', finished: false }])
    alive.send({ MsgKey: aliveKey, Chunk: 'x'.repeat(12_288) })
    expect(alive.send({ MsgKey: aliveKey, Chunk: 'b' }).ErrorCode).toBe(0)
  })

  it('does not append to what a user wrote', () => {
    const { rules, send, kinds } = setUp()
    const { msgKey } = rules.userSays({ from: '@RBT#bot', to: 'user01', text: 'a' }, START_MS)

    expect(send({ MsgKey: msgKey, Chunk: 'b' }).ErrorCode).toBe(90054)
    expect(kinds()).toEqual(['wrongKey'])
  })

  it('takes a message up to its last byte', () => {
    const room = 12_288 - encodedBytes([''])
    const fits = setUp()
    const overflows = setUp()

    expect(fits.send({ Chunk: 'x'.repeat(room) }).ErrorCode).toBe(0)
    expect(overflows.send({ Chunk: 'x'.repeat(room + 1) }).ErrorCode).toBe(80002)
    expect(overflows.kinds()).toEqual(['tooLong'])
    expect(overflows.rules.messages()).toEqual([])
  })

  it.each(['apart', 'joined'] as const)(
    'counts the bytes of a growing message as it would encode it, chunks %s',
    (storedChunks) => {
      const costly = fc.constantFrom('a', '"', '\\', '\n', '\u0001', 'é', '你', '😀', '\u2028')
      const chunk = fc.string({ unit: costly, minLength: 1, maxLength: 20 })
      fc.assert(
        fc.property(fc.array(chunk, { minLength: 2, maxLength: 8 }), (chunks) => {
          const messageBytes = encodedBytes(storedChunks === 'joined' ? [chunks.join('')] : chunks)
          const last = chunks.length - 1
          const codesWith = (limit: number): number[] => {
            const { send, open } = setUp({ messageBytes: limit, storedChunks })
            const MsgKey = open(chunks[0])
            return chunks.slice(1).map((Chunk) => send({ MsgKey, Chunk }).ErrorCode)
          }

          expect(codesWith(messageBytes)).toEqual(Array(last).fill(0))
          expect(codesWith(messageBytes - 1).at(-1)).toBe(80002)
        }),
      )
    },
  )

  it('destroys a lone surrogate, as UTF-8 does, and tells', () => {
    const { rules, send, open, kinds } = setUp()
    const MsgKey = open('a\ud83d')
    send({ MsgKey, Chunk: '\ude00b 😀' })

    expect(rules.messages()[0]?.text).toBe('a\ufffd\ufffdb 😀')
    expect(kinds()).toEqual(['loneSurrogate', 'loneSurrogate'])
  })

  it('allows so many calls in any second, not in each second of the clock', () => {
    const { send, kinds } = setUp({ callsPerSecond: 2 })
    const codeAt = (atMs: number): number => send({ Chunk: 'a' }, atMs).ErrorCode

    expect([600, 900, 1100, 1599, 1600, 1899, 1900].map(codeAt)).toEqual([
      0, 0, 60007, 60007, 0, 60007, 0,
    ])
    expect(kinds()).toEqual(['overRate', 'overRate', 'overRate'])
  })

  it('counts each command by itself', () => {
    const { open, robot } = setUp({ callsPerSecond: 1 })
    open()

    expect(robot('get_all_robots', {}).ErrorCode).toBe(0)
  })

  it('lets only robots of the application send, where that is set', () => {
    const { send, robot } = setUp({ requireRobots: true })

    expect(send({ Chunk: 'a' }).ErrorCode).toBe(70107)
    robot('create_robot', { UserID: '@RBT#bot' })
    expect(send({ Chunk: 'a' }).ErrorCode).toBe(0)
  })

  it('shows each change of a message', () => {
    const seen: MessageView[] = []
    const { send, open } = setUp({ onChange: (message) => seen.push(message) })
    const MsgKey = open('a')
    send({ MsgKey, Chunk: 'b', Finish: 1 })

    expect(seen.map(({ text, finished }) => [text, finished])).toEqual([
      ['a', false],
      ['ab', true],
    ])
  })
})

describe('robots', () => {
  it('keeps to the greatest number of robots, and creates none twice', () => {
    const { robot } = setUp({ maxRobots: 2 })
    const create = (UserID: string): number => robot('create_robot', { UserID }).ErrorCode

    expect(['@RBT#1', '@RBT#1', '@RBT#2', '@RBT#3'].map(create)).toEqual([0, 0, 0, 10008])
    expect(robot('delete_robot', { Robot_Account: '@RBT#1' }).ErrorCode).toBe(0)
    expect(robot('delete_robot', { Robot_Account: '@RBT#1' }).ErrorCode).toBe(10004)
    expect(create('@RBT#3')).toBe(0)
    expect(robot('get_all_robots', {})).toMatchObject({ Robot_Account: ['@RBT#2', '@RBT#3'] })
  })

  it.each(['bot', `@RBT#${'x'.repeat(28)}`, undefined])('does not create %s', (UserID) => {
    const { robot, kinds } = setUp()

    expect(robot('create_robot', { UserID }).ErrorCode).toBe(10004)
    expect(kinds()).toEqual(['malformed'])
  })
})

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

describe('every command', () => {
  it('is known, and has a JSON object for a body', () => {
    const { rules, kinds } = setUp()

    expect(rules.handle('openim/unheard_of', {}, START_MS).ErrorCode).toBe(60009)
    expect(rules.handle(sendCommand, undefined, START_MS).ErrorCode).toBe(60003)
    expect(kinds()).toEqual(['malformed', 'malformed'])
  })

  it('never throws, whatever the body', () => {
    const commands = [
      sendCommand,
      'openim_robot_http_svc/create_robot',
      'openim_robot_http_svc/delete_robot',
      'openim/admin_getroammsg',
      'openim/modify_c2c_msg',
    ]
    fc.assert(
      fc.property(fc.constantFrom(...commands), fc.anything(), (command, body) => {
        expect(typeof setUp().rules.handle(command, body, START_MS).ErrorCode).toBe('number')
      }),
    )
  })
})
