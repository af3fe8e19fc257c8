import { json, text as textOf } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { openai } from '../../../../lib/adapters/sources/openai.ts'
import { openaiWithMedia } from '../../../../lib/adapters/sources/openai-media.ts'
import { hearing } from '../../../../lib/adapters/sources/voice/hearing.ts'
import type { Attachment } from '../../../../lib/core/conversation/attachment.ts'
import { fieldsOf } from '../../../../lib/core/json.ts'
import {
  closeLater,
  closeServers,
  contentEvent,
  done,
  openAiKey,
  readKey,
} from '../../../support/completions.ts'
import { serveOn } from '../../../support/serve-on.ts'
import { soundDoor } from '../../../support/sound-door.ts'
import { ask, aTurn, brokenOff, hastyClock, partsOf } from '../../../support/source-world.ts'

afterEach(closeServers)

const voice: Attachment = { kind: 'voice', url: 'https://sounds.example/1.amr', seconds: 3 }
const picture: Attachment = { kind: 'image', url: 'https://pictures.example/1.jpg' }

/** A model's server that hears `words`, or answers with `status`, the first times; it notes what it is asked. */
const serverThat = async ({ words = 'What is the time?', failures = 0 } = {}) => {
  const forms: string[] = []
  const questions: unknown[] = []
  const server = await serveOn(async (request, response) => {
    if (request.url === '/v1/audio/transcriptions?api-version=1') {
      const form = await textOf(request)
      forms.push(`${request.headers['content-type']} ${request.headers.authorization}\n${form}`)
      if (forms.length <= failures) return void response.writeHead(503).end('{}')
      response.writeHead(200, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify({ text: words }))
    }
    const { messages } = fieldsOf(await json(request))
    questions.push(Array.isArray(messages) ? fieldsOf(messages.at(-1))['content'] : undefined)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(contentEvent('It is noon.') + done)
  })
  closeLater(server)
  return { url: `${server.url}/v1?api-version=1`, forms, questions }
}

const soundsOf = async (body: string | null) => {
  const server = closeLater(
    await serveOn((_, response) =>
      response
        .writeHead(body === null ? 404 : 200, { 'content-type': 'audio/mpeg' })
        .end(body ?? ''),
    ),
  )
  return soundDoor(server.url, [['8.8.8.8']])
}

const sourceAt = async (url: string, sound: string | null = 'sound') => {
  const parts = partsOf({ OPENAI_BASE_URL: url, OPENAI_MODEL: 'm' }, readKey, hastyClock)
  const { door, knocks } = await soundsOf(sound)
  return { source: hearing(openai(parts), parts, 'whisper-1', door), knocks }
}

describe('a voice message', () => {
  it('is asked as the words in it', async () => {
    const { url, forms, questions } = await serverThat()
    const { source } = await sourceAt(url)
    let asked = ''
    const request = {
      turn: { ...aTurn, text: '', attachments: [voice] },
      history: [],
      signal: new AbortController().signal,
      reportUsage: () => {},
      reportAsked: (text: string) => {
        asked = text
      },
    }

    let text = ''
    for await (const delta of source(request)) text += delta

    expect(text).toBe('It is noon.')
    expect(questions).toEqual(['What is the time?'])
    expect(asked).toBe('What is the time?')
    expect(forms).toHaveLength(1)
    const [form = ''] = forms
    expect(form).toMatch(/^multipart\/form-data; boundary=\w{64} Bearer /)
    expect(form).toContain('name="model"\r\n\r\nwhisper-1\r\n')
    expect(form).toContain(
      'name="file"; filename="voice.mp3"\r\ncontent-type: audio/mpeg\r\n\r\nsound\r\n',
    )
  })

  it('stands behind the text that came with it, and leaves other attachments', async () => {
    const { url, questions } = await serverThat()
    const { source } = await sourceAt(url)

    await ask(source, { turn: { ...aTurn, text: 'Listen:', attachments: [voice, picture] } })

    expect(questions).toEqual([
      [
        { type: 'text', text: 'Listen:\nWhat is the time?' },
        { type: 'image_url', image_url: { url: 'https://pictures.example/1.jpg' } },
      ],
    ])
  })

  it('without a word has no answer, and the model is not asked', async () => {
    const { url, questions } = await serverThat({ words: ' ' })
    const { source } = await sourceAt(url)

    const heard = await ask(source, { turn: { ...aTurn, text: '', attachments: [voice] } })

    expect(heard.text).toBe('')
    expect(questions).toEqual([])
  })

  it('is turned into text once more after trouble that passes', async () => {
    const { url, forms } = await serverThat({ failures: 2 })
    const { source, knocks } = await sourceAt(url)

    await ask(source, { turn: { ...aTurn, text: '', attachments: [voice] } })

    expect([forms.length, knocks.length]).toEqual([3, 1])
  })

  it('that cannot be had, or not be turned into text, says why, and no address and no key', async () => {
    const { url } = await serverThat({ failures: 9 })
    const turn = { ...aTurn, text: '', attachments: [voice] }

    const { detail: absent } = await brokenOff((await sourceAt(url, null)).source, { turn })
    const { detail: refused } = await brokenOff((await sourceAt(url)).source, { turn })

    expect(absent).toMatch(/^The voice message was not fetched: /)
    expect(refused).toBe("The model's server answered 503: it is in trouble or overloaded.")
    expect(absent + refused).not.toContain(openAiKey)
    expect(absent).not.toContain('sounds.example')
  })

  it('leaves a turn without one as it is', async () => {
    const { url, forms, questions } = await serverThat()
    const { source } = await sourceAt(url)

    await ask(source)

    expect([forms, questions]).toEqual([[], [aTurn.text]])
  })
})

describe('a picture', () => {
  it.each<readonly [string, readonly Attachment[], string, unknown]>([
    [
      'beside its text',
      [picture],
      'What is it?',
      [
        { type: 'text', text: 'What is it?' },
        { type: 'image_url', image_url: { url: picture.kind === 'image' ? picture.url : '' } },
      ],
    ],
    [
      'alone',
      [picture],
      '',
      [{ type: 'image_url', image_url: { url: 'https://pictures.example/1.jpg' } }],
    ],
    [
      'as a word where it is not to be had over https',
      [{ kind: 'image', url: 'http://pictures.example/1.jpg' }],
      '',
      '[picture]',
    ],
  ])('is shown to the model %s', async (_, attachments, text, content) => {
    const { url, questions } = await serverThat()
    const source = openaiWithMedia(partsOf({ OPENAI_BASE_URL: url, OPENAI_VISION: true }, readKey))

    await ask(source, { turn: { ...aTurn, text, attachments } })

    expect(questions).toEqual([content])
  })

  it('and a voice message are taken by a source that is told to', () => {
    const takes = (settings: Parameters<typeof partsOf>[0]) =>
      openaiWithMedia(partsOf(settings)).takes

    expect(takes({})).toEqual([])
    expect(takes({ OPENAI_VISION: true })).toEqual(['image'])
    expect(takes({ OPENAI_VISION: true, OPENAI_TRANSCRIBE_MODEL: 'w' })).toEqual(['image', 'voice'])
    expect(openaiWithMedia(partsOf({ OPENAI_TRANSCRIBE_MODEL: 'w' })).wantsHistory).toBe(true)
  })
})
