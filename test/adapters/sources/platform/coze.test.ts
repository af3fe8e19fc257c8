import type { RequestListener } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { coze } from '../../../../lib/adapters/sources/platform/coze.ts'
import { closeLater, closeServers, serveInTurn, servePieces } from '../../../support/completions.ts'
import { conversationsIn, platformAt } from '../../../support/platforms.ts'
import { ask, aTurn, hear, partsOf } from '../../../support/source-world.ts'

afterEach(closeServers)

const event = (name: string, value: unknown) => `event:${name}\ndata:${JSON.stringify(value)}\n\n`
const created = event('conversation.chat.created', { id: 'chat-1', conversation_id: 'c-1' })
const delta = (content: string, more: object = {}) =>
  event('conversation.message.delta', { id: 'm-1', type: 'answer', content, ...more })
const whole = (content: string, more: object = {}) =>
  event('conversation.message.completed', { id: 'm-1', type: 'answer', content, ...more })
const end = event('conversation.chat.completed', { status: 'completed' })

const heardOf = async (...events: readonly string[]) =>
  hear(platformAt('coze', closeLater(await servePieces([created, ...events])).url))

it.each<readonly [string, readonly string[], string]>([
  ['told once more as a whole', [delta('Hi'), delta('.'), whole('Hi.')], 'Hi.'],
  ['of which the end comes with the whole', [delta('Hi'), whole('Hi there.')], 'Hi there.'],
  ['that comes as a whole alone', [whole('Hi.')], 'Hi.'],
  [
    'in two messages',
    [delta('One.'), whole('One.'), delta('Two.', { id: 'm-2' }), whole('Two.', { id: 'm-2' })],
    'One.\n\nTwo.',
  ],
  [
    'beside calls of tools, follow-ups and sounds',
    [
      delta('{"name":"x"}', { type: 'function_call', id: 'f-1' }),
      delta('42', { type: 'tool_response', id: 'f-2' }),
      delta('Hi.'),
      whole('And now?', { type: 'follow_up', id: 'u-1' }),
      event('conversation.audio.delta', { content: 'AAAA' }),
    ],
    'Hi.',
  ],
  ['after what the bot thinks', [delta('', { reasoning_content: 'Hm.' }), delta('Hi.')], 'Hi.'],
])('tells an answer %s', async (_, events, text) => {
  expect(await heardOf(...events, end)).toEqual({ text, how: 'ended', detail: '' })
})

it('quotes what the bot thinks where it is asked to', async () => {
  const { url } = closeLater(
    await servePieces([created, delta('', { reasoning_content: 'Hm.' }), delta('Hi.'), end]),
  )
  const settings = { SHOW_REASONING: 'quote' } as const

  expect((await ask(platformAt('coze', url, { settings }))).text).toBe('> Hm.\n\nHi.')
})

it.each([
  [4100, 'COZE_API_TOKEN is wrong, has run out, or may not chat'],
  [4101, 'the token may not use the bot: give it the permission to chat'],
  [4015, 'publish the bot to the channel API, and set COZE_BOT_ID to it'],
  [4028, 'the account has no credit left'],
  [4000, 'COZE_BOT_ID is wrong, or the bot does not take this'],
])('says what to do about error %i, which comes as JSON under status 200', async (code, advice) => {
  const body = JSON.stringify({ code, msg: 'Secret!', detail: { logid: '1' } })
  const { url } = closeLater(await servePieces([body], { 'content-type': 'application/json' }))

  const { detail } = await hear(platformAt('coze', url))

  expect(detail).toBe(`Coze reported an error (${code}): ${advice}.`)
})

it.each<readonly [string, string, string]>([
  [
    'a chat that fails',
    event('conversation.chat.failed', { last_error: { code: 5000, msg: 'Secret!' } }),
    'Coze reported an error (5000): it is in trouble or overloaded.',
  ],
  ['an error', event('error', { code: 1, msg: 'Secret!' }), 'Coze reported an error (1).'],
  [
    'a tool that the caller must run',
    event('conversation.chat.requires_action', { id: 'chat-1' }),
    'Coze reported an error: the bot waits for a tool that its caller must run: leave such plugins away.',
  ],
])('breaks off in the middle with %s', async (_, failing, detail) => {
  expect(await heardOf(delta('Hi'), failing)).toEqual({ text: 'Hi', how: 'source-failed', detail })
})

it('begins a new conversation where Coze knows the old one no more', async () => {
  const kept = new Map([['@RBT#bot alice', 'Coze gone']])
  const asked: string[] = []
  const play =
    (body: string): RequestListener =>
    (request, response) => {
      asked.push(request.url ?? '')
      response.end(body)
    }
  const server = closeLater(
    await serveInTurn([
      play('{"code":4200,"msg":"no conversation"}'),
      play(created + delta('Hi.') + end),
    ]),
  )

  await ask(platformAt('coze', server.url, { conversations: conversationsIn(kept) }))

  expect(asked).toEqual(['/v3/chat?conversation_id=gone', '/v3/chat'])
  expect([...kept.values()]).toEqual(['Coze c-1'])
})

it('brings pictures beside the text', async () => {
  const server = closeLater(
    await serveInTurn([(_, response) => response.end(created + delta('Hi.') + end)]),
  )
  const attachments = [{ kind: 'image', url: 'https://pictures.example/1.jpg' }] as const

  await ask(platformAt('coze', server.url), { turn: { ...aTurn, attachments } })

  expect(server.asked[0]?.['additional_messages']).toEqual([
    {
      role: 'user',
      type: 'question',
      content_type: 'object_string',
      content: JSON.stringify([
        { type: 'text', text: aTurn.text },
        { type: 'image', file_url: 'https://pictures.example/1.jpg' },
      ]),
    },
  ])
})

it('stops at cold start without COZE_BOT_ID', () => {
  expect(() => coze(partsOf())).toThrow('COZE_BOT_ID is missing')
})
