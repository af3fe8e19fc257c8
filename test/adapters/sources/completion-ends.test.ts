import { afterEach, describe, expect, it } from 'vitest'
import { openai } from '../../../lib/adapters/sources/openai.ts'
import {
  closeLater,
  closeServers,
  contentEvent,
  deltaEvent,
  done,
  eventOf,
  listen,
  type Piece,
} from '../../support/completions.ts'
import { serveOn } from '../../support/serve-on.ts'
import { hastyClock, hear, partsOf } from '../../support/source-world.ts'

afterEach(closeServers)

describe('the end of a stream', () => {
  const overloaded = { message: 'Overloaded: sk-secret', type: 'overloaded_error' }
  const ends: readonly (readonly [
    string,
    readonly Piece[],
    'cut' | 'withheld' | 'source-failed',
    RegExp,
  ])[] = [
    [
      'length',
      [contentEvent('Half', 'length'), done],
      'cut',
      /greatest length of an answer \(length\)/,
    ],
    [
      'length while it thinks',
      [deltaEvent({ reasoning: 'Hm.' }, 'length'), done],
      'cut',
      /greatest length/,
    ],
    [
      'length, and an error that says so too',
      [
        contentEvent('Half', 'length'),
        eventOf({ error: { code: 400, message: 'Token limit reached' } }),
        done,
      ],
      'cut',
      /greatest length/,
    ],
    [
      'content_filter',
      [contentEvent('Half'), deltaEvent({}, 'content_filter'), done],
      'withheld',
      /content filter ended the answer \(content_filter\)/,
    ],
    ['sensitive', [contentEvent('Half', 'sensitive'), done], 'withheld', /content filter/],
    [
      'a refusal without words',
      [deltaEvent({ refusal: '' }, 'refusal'), done],
      'withheld',
      /content filter/,
    ],
    [
      'an error of the filter',
      [contentEvent('Half'), eventOf({ error: { code: 'content_filter', message: 'x' } })],
      'withheld',
      /held the answer back for what it says \(content_filter\)/,
    ],
    [
      'error',
      [contentEvent('Half', 'error'), done],
      'source-failed',
      /gave the answer up \(error\)/,
    ],
    [
      'insufficient_system_resource',
      [contentEvent('Half', 'insufficient_system_resource'), done],
      'source-failed',
      /gave the answer up/,
    ],
    [
      'tool calls alone',
      [deltaEvent({ tool_calls: [{ index: 0, id: 'a' }] }), deltaEvent({}, 'tool_calls'), done],
      'source-failed',
      /called a tool/,
    ],
    [
      'reasoning alone',
      [deltaEvent({ reasoning_content: 'Hm.' }, 'stop'), done],
      'source-failed',
      /something to itself and nothing to the user/,
    ],
    [
      'thoughts in tags alone',
      [contentEvent('<think>Hm.', 'stop'), done],
      'source-failed',
      /something to itself/,
    ],
    [
      'an error object',
      [contentEvent('Half'), eventOf({ error: overloaded }), done],
      'source-failed',
      /broke off with an error \(overloaded_error\)/,
    ],
    [
      'an event named error',
      [
        contentEvent('Half'),
        'event: error\ndata: {"message":"sk-secret","statusText":"x"}\n\n',
        done,
      ],
      'source-failed',
      /broke off with an error\./,
    ],
    [
      'an event named error without JSON',
      [contentEvent('Half'), 'event: error\ndata: sk-secret\n\n', done],
      'source-failed',
      /broke off with an error\./,
    ],
    [
      'a line named error',
      [contentEvent('Half'), 'error: {"error":{"message":"sk-secret"}}\n\n'],
      'source-failed',
      /broke off with an error\./,
    ],
    [
      'an error that is a text',
      [contentEvent('Half'), eventOf({ error: 'sk-secret is bad' })],
      'source-failed',
      /broke off with an error\./,
    ],
    [
      'an object that says it is an error',
      [contentEvent('Half'), eventOf({ object: 'error', message: 'x', code: 40301 })],
      'source-failed',
      /with an error \(40301\)/,
    ],
    [
      'code and message',
      [
        contentEvent('Half'),
        eventOf({ code: 'InternalError.Algo', message: 'x', request_id: 'y' }),
      ],
      'source-failed',
      /with an error \(InternalError\.Algo\)/,
    ],
    [
      'a status of its own kind',
      [contentEvent('Half'), eventOf({ base_resp: { status_code: 1039, status_msg: 'x' } })],
      'source-failed',
      /with an error \(1039\)/,
    ],
    [
      'an error inside a choice',
      [
        contentEvent('Half'),
        eventOf({ choices: [{ delta: {}, error: { code: 502 }, finish_reason: 'error' }] }),
      ],
      'source-failed',
      /with an error \(502\)/,
    ],
    [
      'an error after finish_reason',
      [contentEvent('Half', 'stop'), eventOf({ error: overloaded }), done],
      'source-failed',
      /overloaded_error/,
    ],
  ]
  it.each(ends)('%s is told from a good one', async (_, pieces, how, detail) => {
    const heard = await listen(pieces)

    expect(heard.how).toBe(how)
    expect(heard.detail).toMatch(detail)
    expect(heard.detail).not.toContain('sk-secret')
    expect(['Half', '']).toContain(heard.text)
  })

  it('of a connection that breaks is a failure, and what was held back is shown', async () => {
    const breaking = closeLater(
      await serveOn((request, response) => {
        request.resume()
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(contentEvent('Well!'), () => setTimeout(() => response.destroy(), 20))
      }),
    )

    const heard = await hear(
      openai(partsOf({ OPENAI_BASE_URL: breaking.url }, undefined, hastyClock)),
    )

    expect(heard).toMatchObject({ text: 'Well!', how: 'source-failed' })
    expect(heard.detail).toContain('broke before the end')
  })
})
