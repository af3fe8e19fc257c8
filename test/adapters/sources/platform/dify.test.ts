import { afterEach, expect, it } from 'vitest'
import {
  closeLater,
  closeServers,
  eventOf,
  serveInTurn,
  servePieces,
} from '../../../support/completions.ts'
import { conversationsIn, platformAt } from '../../../support/platforms.ts'
import { ask, aTurn, hear } from '../../../support/source-world.ts'

afterEach(closeServers)

const begun = { task_id: 't-1', conversation_id: 'c-1' }
const message = (answer: string, event = 'message') => eventOf({ event, answer, ...begun })
const end = eventOf({ event: 'message_end', ...begun, metadata: {} })

const heardOf = async (...events: readonly string[]) =>
  hear(platformAt('dify', `${closeLater(await servePieces(events)).url}/v1`))

it.each<readonly [string, readonly string[], string]>([
  [
    'pings with and without data',
    ['event: ping\n\n', eventOf({ event: 'ping' }), message('Hi.')],
    'Hi.',
  ],
  [
    'what an agent thinks, and files and sounds',
    [
      eventOf({ event: 'agent_thought', thought: 'Hm.', observation: 'x', ...begun }),
      message('Hi.', 'agent_message'),
      eventOf({ event: 'message_file', url: 'https://x', ...begun }),
      eventOf({ event: 'tts_message', audio: 'AAAA', ...begun }),
    ],
    'Hi.',
  ],
  ['thoughts in the text', [message('<think>Hm.'), message('</think>\n\nHi.')], 'Hi.'],
  [
    'the outputs of a workflow, which repeat the answer',
    [message('Hi.'), eventOf({ event: 'workflow_finished', data: { outputs: { answer: 'Hi.' } } })],
    'Hi.',
  ],
  ['an agent that tells all once more', [message('Hi', 'agent_message'), message('Hi.')], 'Hi.'],
  [
    'an agent whose last words were its answer',
    [message('I look. ', 'agent_message'), message('Hi.', 'agent_message'), message('Hi.')],
    'I look. Hi.',
  ],
  [
    'an agent whose answer is another than it has told',
    [message('I look.', 'agent_message'), message('It is noon.')],
    'I look.\n\nIt is noon.',
  ],
  ['a replacement before any text', [message('No.', 'message_replace')], 'No.'],
  [
    'a replacement that goes on',
    [message('Hi'), message('Hi there.', 'message_replace')],
    'Hi there.',
  ],
])('tells the answer beside %s', async (_, events, text) => {
  expect(await heardOf(...events, end)).toEqual({ text, how: 'ended', detail: '' })
})

it('withholds the rest where text that is shown is replaced', async () => {
  const heard = await heardOf(
    message('Something bad'),
    message('No.', 'message_replace'),
    message('more'),
    end,
  )

  expect(heard).toEqual({
    text: 'Something bad',
    how: 'withheld',
    detail: 'Dify reported an error: its moderation has taken back what was shown.',
  })
})

it.each([
  [
    'app_unavailable',
    400,
    "publish the app, and choose a model that it may use, in Dify's console",
  ],
  ['provider_not_initialize', 400, "the app's model has no key in Dify's console"],
  ['provider_quota_exceeded', 400, "the quota of the app's model is used up"],
  ['unauthorized', 401, 'DIFY_API_KEY is wrong: it must be the API key of the app'],
  ['not_chat_app', 400, 'the app must be a chat app, chatflow or agent'],
])('says what to do about %s, before the stream and in it', async (code, status, advice) => {
  const body = JSON.stringify({ code, status, message: 'Secret!' })
  const server = closeLater(
    await serveInTurn([(_, response) => response.writeHead(status).end(body)]),
  )

  const before = await hear(platformAt('dify', server.url))
  const within = await heardOf(
    message('Hi'),
    eventOf({ event: 'error', code, status, message: 'Secret!' }),
  )

  expect(before.detail).toBe(`Dify answered ${status} (${code}): ${advice}.`)
  expect(within).toMatchObject({
    text: 'Hi',
    detail: `Dify reported an error (${code}): ${advice}.`,
  })
})

it('begins a new conversation where Dify knows the old one no more', async () => {
  const kept = new Map([['@RBT#bot alice', 'Dify gone']])
  const server = closeLater(
    await serveInTurn([
      (_, response) =>
        response.writeHead(404).end('{"code":"not_found","message":"Conversation Not Exists."}'),
      (_, response) =>
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(message('Hi.') + end),
    ]),
  )
  const source = platformAt('dify', server.url, { conversations: conversationsIn(kept) })

  expect((await ask(source)).text).toBe('Hi.')

  expect(server.asked.map(({ conversation_id }) => conversation_id)).toEqual(['gone', ''])
  expect([...kept.values()]).toEqual(['Dify c-1'])
})

it('does not take what another platform knows the conversation by', async () => {
  const kept = new Map([['@RBT#bot alice', 'Coze 123']])
  const server = closeLater(
    await serveInTurn([(_, response) => response.end(message('Hi.') + end)]),
  )

  await ask(platformAt('dify', server.url, { conversations: conversationsIn(kept) }))

  expect(server.asked[0]).toMatchObject({
    conversation_id: '',
    inputs: {},
    response_mode: 'streaming',
  })
})

it('brings pictures by their address, and asks for something where there is no text', async () => {
  const server = closeLater(
    await serveInTurn([(_, response) => response.end(message('Hi.') + end)]),
  )
  const attachments = [
    { kind: 'image', url: 'https://pictures.example/1.jpg' },
    { kind: 'image', url: 'http://pictures.example/2.jpg' },
  ] as const

  await ask(platformAt('dify', server.url), { turn: { ...aTurn, text: '', attachments } })

  expect(server.asked[0]).toMatchObject({
    query: '[picture]',
    files: [
      { type: 'image', transfer_method: 'remote_url', url: 'https://pictures.example/1.jpg' },
    ],
  })
})
