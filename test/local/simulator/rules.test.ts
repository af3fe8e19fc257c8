import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodedBytes } from '../../../local/simulator/message-size.ts'
import type { MessageView } from '../../../local/simulator/messages.ts'
import { START_MS, sendCommand, setUp } from '../../support/simulated-rules.ts'

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
