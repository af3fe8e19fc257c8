import { describe, expect, it, vi } from 'vitest'
import {
  type BotName,
  echoBot,
  heard,
  httpBot,
  modelBot,
  packagedBots,
} from '../../support/packaged-bots.ts'

const startBots = packagedBots()

const url = 'https://cos.example.com/a'
const text = (Text: string) => ({ MsgType: 'TIMTextElem', MsgContent: { Text } })
const custom = (data: object) => ({
  MsgType: 'TIMCustomElem',
  MsgContent: { Data: JSON.stringify(data) },
})
const elements = {
  TIMImageElem: {
    ImageInfoArray: [{ Type: 1, Size: 9, Width: 640, Height: 480, URL: url }],
  },
  TIMSoundElem: { Url: url, Second: 2, Size: 9, Download_Flag: 2 },
  TIMVideoFileElem: { VideoUrl: url, VideoSecond: 2, VideoSize: 9 },
  TIMFileElem: { Url: url, FileName: 'a.pdf', FileSize: 9 },
  TIMLocationElem: { Desc: 'office', Latitude: 29.3, Longitude: 116.1 },
  TIMFaceElem: { Index: 1, Data: 'tt01' },
} as const
const attachments = {
  TIMImageElem: { kind: 'image', url, width: 640, height: 480, bytes: 9 },
  TIMSoundElem: { kind: 'voice', url, seconds: 2, bytes: 9 },
  TIMVideoFileElem: { kind: 'video', url, seconds: 2, bytes: 9 },
  TIMFileElem: { kind: 'file', url, name: 'a.pdf', bytes: 9 },
  TIMLocationElem: {
    kind: 'location',
    latitude: 29.3,
    longitude: 116.1,
    description: 'office',
  },
  TIMFaceElem: { kind: 'sticker', index: 1, data: 'tt01' },
} as const
const kinds = Object.keys(elements) as (keyof typeof elements)[]
const onlyText = 'I cannot read this. I can read text.'

const waits = { timeout: 60_000, interval: 30 } as const

/** What each bot answers to each element alone, each asked by a user of its own. */
const table = (): readonly (readonly [BotName, string, readonly object[], string])[] => [
  ...kinds.flatMap((kind) => {
    const element = [{ MsgType: kind, MsgContent: elements[kind] }]
    return [
      [echoBot, kind, element, onlyText],
      [modelBot, kind, element, onlyText],
      [httpBot, kind, element, heard({ text: '', attachments: [attachments[kind]] })],
    ] as const
  }),
  ...(['TIMRelayElem', 'TIMNewElem'] as const).flatMap((kind) => {
    const element = [{ MsgType: kind, MsgContent: {} }]
    return [
      [echoBot, kind, element, onlyText],
      [modelBot, kind, element, onlyText],
      [httpBot, kind, element, 'Please write a text.'],
    ] as const
  }),
  [modelBot, 'text-and-face', [text('Hi'), { MsgType: 'TIMFaceElem', MsgContent: {} }], 'Hello.'],
  [echoBot, 'hello', [custom({ chatbotPlugin: 2, src: 7 })], 'Hello from echo.'],
  [modelBot, 'reset', [text('/reset')], 'Let us begin anew.'],
  [httpBot, 'unknown-custom', [custom({ order: 7 })], 'Please write a text.'],
]

describe('three bots of three sources, packaged with a bots.yml', () => {
  it('end every message of every user with the right finished one, whatever it holds', async () => {
    const world = await startBots()
    const rows = table()

    for (const [bot, name, parts] of rows) {
      expect(await world.send(bot, `${name}-user`, parts)).toBe(200)
    }
    await world.send(modelBot, 'typing-user', [custom({ businessID: 'user_typing_status' })])

    for (const [bot, name, , answer] of rows) {
      const answers = () => world.finished(bot, `${name}-user`)
      await vi.waitFor(() => expect([bot, name, answers()]).toEqual([bot, name, [answer]]), waits)
    }
    expect(world.finished(modelBot, 'typing-user')).toEqual([])
    const [asked] = world.model.requests
    expect(world.model.requests).toHaveLength(1)
    expect(JSON.stringify(asked?.messages).length).toBeGreaterThan(100_000)
  })

  it('ask the source as often as the bot’s limit says, of 60 messages of one user', async () => {
    const world = await startBots()

    for (let n = 0; n < 60; n += 1) await world.send(modelBot, 'flood', [text(`question ${n}`)])
    await world.send(modelBot, 'other', [text('question')])

    await vi.waitFor(() => expect(world.finished(modelBot, 'other')).toEqual(['Hello.']), waits)
    await vi.waitFor(() => expect(world.finished(modelBot, 'flood')).toHaveLength(60), waits)
    const answered = world.finished(modelBot, 'flood').filter((answer) => answer === 'Hello.')
    expect(answered).toHaveLength(5)
    expect(world.model.requests).toHaveLength(6)
  })
})
