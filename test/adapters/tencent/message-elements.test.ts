import { describe, expect, it } from 'vitest'
import { parseCallback } from '../../../lib/adapters/tencent/tencent-callback.ts'
import { messageBody } from '../../support/callbacks.ts'

type Element = readonly [type: string, content?: unknown]

const turnOf = (...elements: readonly Element[]) => {
  const MsgBody = elements.map(([MsgType, MsgContent]) => ({ MsgType, MsgContent }))
  const parsed = parseCallback('Bot.OnC2CMessage', JSON.stringify(messageBody({ MsgBody })))
  return parsed.kind === 'turn' ? parsed.turn : parsed
}
const url = 'https://cos.example.com/a?b=c&sign=d%2F'
const size = (Type: number, Width: number, Height: number, Size = 0) => ({
  Type,
  Width,
  Height,
  Size,
  URL: `http://example.com/${Type}`,
})
const picture = (...ImageInfoArray: readonly object[]): Element => [
  'TIMImageElem',
  { UUID: 'x', ImageFormat: 1, ImageInfoArray },
]

describe('an element of a message', () => {
  it.each<readonly [Element, object]>([
    [
      ['TIMSoundElem', { Url: url, UUID: 'x', Size: 62_351, Second: 2, Download_Flag: 2 }],
      { kind: 'voice', url, seconds: 2, bytes: 62_351 },
    ],
    [
      ['TIMVideoFileElem', { VideoUrl: url, VideoSize: 9, VideoSecond: 0, ThumbUrl: 'http://t' }],
      { kind: 'video', url, bytes: 9 },
    ],
    [
      ['TIMFileElem', { Url: url, FileSize: 1_773_552, FileName: 'file:///private/var/a b.pdf' }],
      { kind: 'file', url, name: 'a b.pdf', bytes: 1_773_552 },
    ],
    [
      ['TIMFileElem', { Url: url, FileName: 'C:\\Users\\x\\b.txt' }],
      { kind: 'file', url, name: 'b.txt' },
    ],
    [
      ['TIMLocationElem', { Desc: 'office', Latitude: 29.34, Longitude: 116.03 }],
      { kind: 'location', latitude: 29.34, longitude: 116.03, description: 'office' },
    ],
    [
      ['TIMLocationElem', { Latitude: 0, Longitude: 0 }],
      { kind: 'location', latitude: 0, longitude: 0 },
    ],
    [['TIMFaceElem', { Index: 0, Data: 'tt00' }], { kind: 'sticker', index: 0, data: 'tt00' }],
    [['TIMFaceElem', { Index: 6 }], { kind: 'sticker', index: 6 }],
  ])('becomes an attachment: %j', (element, attachment) => {
    expect(turnOf(element)).toMatchObject({ text: '', attachments: [attachment] })
  })

  it.each<readonly [string, object]>([
    ['TIMRelayElem', { Title: 'a chat', MsgNum: 2 }],
    ['TIMNewElem', { Url: url }],
    ['TIMCustomElem', { Data: '{"order":7}' }],
    ['TIMCustomElem', { Data: 'no JSON' }],
    ['TIMSoundElem', { UUID: 'of an old SDK', Size: 3, Second: 1 }],
    ['TIMSoundElem', { Url: 'file:///etc/passwd' }],
    ['TIMSoundElem', { Url: 'https://example.com/a b' }],
    ['TIMFileElem', { Url: `https://example.com/${'a'.repeat(4_096)}` }],
    ['TIMFileElem', { Url: ['https://example.com'] }],
    ['TIMLocationElem', { Latitude: '1', Longitude: 2 }],
    ['TIMFaceElem', {}],
    ['TIMImageElem', { ImageInfoArray: 'no array' }],
    ['TIMImageElem', { ImageInfoArray: [null, { URL: 'data:image/png;base64,' }] }],
    ['TIMImageElem', {}],
    ['TIMTextElem', { Text: ' \n\t' }],
    ['__proto__', {}],
    ['toString', {}],
  ])('that nobody can read leaves a turn that still wants its answer: %j', (type, content) => {
    const turn = turnOf([type, content])

    expect(turn).not.toHaveProperty('attachments')
    expect(turn).toMatchObject({ replyId: 'turn:48374_2837546_1557481126' })
    expect('text' in turn && turn.text.trim()).toBe('')
  })

  it('stands beside the text, in the order of the message', () => {
    const turn = turnOf(
      ['TIMTextElem', { Text: 'Look:' }],
      ['TIMFaceElem', { Index: 1 }],
      ['TIMRelayElem', {}],
      ['TIMTextElem', { Text: 'nice.' }],
      ['TIMSoundElem', { Url: url }],
    )

    expect(turn).toMatchObject({
      text: 'Look:\nnice.',
      attachments: [
        { kind: 'sticker', index: 1 },
        { kind: 'voice', url },
      ],
    })
  })
})

describe('a picture', () => {
  it.each([
    ['the original, where it is small', [size(1, 1_599, 900), size(2, 720, 405)], 1],
    ['not the original, where it is large', [size(1, 1_600, 900), size(2, 720, 405)], 2],
    ['whatever their order', [size(3, 198, 111), size(2, 720, 405), size(1, 4_000, 3_000)], 2],
    [
      'the large one, where no measures are known',
      [size(1, 0, 0), size(2, 0, 0), size(3, 0, 0)],
      2,
    ],
    ['the original, where it is known to be small', [size(1, 900, 900), size(2, 0, 0)], 1],
    ['the thumbnail, where all else is large', [size(1, 4_000, 1), size(3, 0, 0)], 3],
    ['the smallest, where all are large', [size(1, 9_000, 1), size(2, 4_000, 1)], 2],
    ['the only one, whatever its type', [size(0, 0, 0)], 0],
  ])('is taken in the size that fits: %s', (_name, sizes, type) => {
    expect(turnOf(picture(...sizes))).toMatchObject({
      attachments: [{ kind: 'image', url: `http://example.com/${type}` }],
    })
  })

  it('has its measures where they are known', () => {
    expect(turnOf(picture(size(1, 640, 480, 7)))).toMatchObject({
      attachments: [
        { kind: 'image', url: 'http://example.com/1', width: 640, height: 480, bytes: 7 },
      ],
    })
    const [unknown] = [turnOf(picture(size(2, 0, 0)))]
    expect(unknown).toMatchObject({ attachments: [{ kind: 'image', url: 'http://example.com/2' }] })
    expect(JSON.stringify(unknown)).not.toMatch(/width|height|bytes/)
  })
})

describe('a hello of a client', () => {
  const custom = (data: object): Element => ['TIMCustomElem', { Data: JSON.stringify(data) }]

  it.each([[{ chatbotPlugin: 2, src: 7 }], [{ chatbotPlugin: 1, src: '7' }]])(
    'wants a greeting: %j',
    (data) => {
      expect(turnOf(custom(data))).toMatchObject({ text: '', aside: 'hello' })
    },
  )

  it('is none without the mark of the protocol, nor where something is asked', () => {
    expect(turnOf(custom({ src: 7 }))).not.toHaveProperty('aside')
    expect(
      turnOf(custom({ chatbotPlugin: 2, src: 7 }), ['TIMTextElem', { Text: 'Hi' }]),
    ).not.toHaveProperty('aside')
  })
})

describe('feedback of a client', () => {
  const msgKey = '606781340_3986845397_1706000918'
  const parse = (data: object) => turnOf(['TIMCustomElem', { Data: JSON.stringify(data) }])
  const conversation = { from: '@RBT#001', to: 'jared' }

  it('says which message it is about, and what its user thinks', () => {
    expect(parse({ tcs: 'feedback', msgKey, value: 'up' })).toEqual({
      kind: 'feedback',
      msgKey,
      conversation,
      value: 'up',
    })
    expect(parse({ tcs: 'feedback', msgKey, value: 'down', text: 'no\ud83d' })).toEqual({
      kind: 'feedback',
      msgKey,
      conversation,
      value: 'down',
      text: 'no\uFFFD',
    })
  })

  it.each([
    ['MsgBody.Data.msgKey', { tcs: 'feedback', value: 'up' }],
    ['MsgBody.Data.msgKey', { tcs: 'feedback', msgKey: 7, value: 'up' }],
    ['MsgBody.Data.value', { tcs: 'feedback', msgKey, value: 'great' }],
  ])('is malformed in %s', (field, data) => {
    expect(parse(data)).toEqual({ kind: 'malformed', field })
  })
})
