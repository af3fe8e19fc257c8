import { afterEach, describe, expect, it } from 'vitest'
import { closeLater, closeServers, serveInTurn, servePieces } from '../../../support/completions.ts'
import { platformAt } from '../../../support/platforms.ts'
import { ask, aTurn, hear } from '../../../support/source-world.ts'

afterEach(closeServers)

const event = (name: string, value: unknown) => `event:${name}\ndata:${JSON.stringify(value)}\n\n`

describe('the first version', () => {
  const reply = (content: string, more: object = {}) =>
    event('reply', {
      type: 'reply',
      payload: { content, is_from_self: false, is_final: false, ...more },
    })
  const end = reply('', { is_final: true })
  const heardOf = async (...events: readonly string[]) =>
    hear(platformAt('adp-v1', `${closeLater(await servePieces(events)).url}/v1/qbot/chat/sse`))

  it('takes the question that comes back for neither text nor end', async () => {
    const echo = reply('What is the time?', { is_from_self: true, is_final: true })

    expect((await heardOf(echo, reply('Noon.'), end)).text).toBe('Noon.')
  })

  it('tells the last text with the end', async () => {
    expect(await heardOf(reply('No'), reply('on.', { is_final: true }))).toMatchObject({
      text: 'Noon.',
      how: 'ended',
    })
  })

  it('tells what stands in place of an answer, and withholds the rest of one that is found offensive', async () => {
    const refusal = reply('I cannot say.', { is_evil: true, is_final: true })

    expect(await heardOf(refusal)).toMatchObject({ text: 'I cannot say.', how: 'ended' })
    expect(await heardOf(reply('Some'), refusal)).toMatchObject({ text: 'Some', how: 'withheld' })
  })

  it('asks with hashed names, all in the characters that a session may have', async () => {
    const server = closeLater(
      await serveInTurn([(_, response) => response.end(reply('Hi.') + end)]),
    )
    const settings = { SYSTEM_PROMPT: 'Be kind.' }

    await ask(platformAt('adp-v1', `${server.url}/v1/qbot/chat/sse`, { settings }))

    const [body] = server.asked
    expect(body).toMatchObject({ content: aTurn.text, incremental: true, system_role: 'Be kind.' })
    for (const field of ['session_id', 'visitor_biz_id', 'request_id']) {
      expect(body?.[field]).toMatch(/^[a-zA-Z0-9_-]{2,64}$/)
    }
  })

  it.each([
    [460004, 'there is no such application: ADP_APP_KEY and ADP_URL must be of the same site'],
    [460032, 'the account has no credit left'],
    [460034, 'the question is too long for it'],
    [460030, 'the application speaks the second version: ADP_URL must end in /adp/v2/chat'],
    [4505004, 'ADP_APP_KEY is wrong, or the application is not published'],
  ])('says what to do about error %i, in a stream or instead of one', async (code, advice) => {
    const error = { type: 'error', error: { code, message: 'Secret!' } }

    const detail = `ADP reported an error${code > 999_999 ? '' : ` (${code})`}: ${advice}.`
    expect(await heardOf(reply('Hi'), event('error', error))).toMatchObject({ text: 'Hi', detail })
    expect(await heardOf(JSON.stringify(error))).toMatchObject({ text: '', detail })
  })

  it('asks again where there were too many requests a second', async () => {
    const error = event('error', { type: 'error', error: { code: 460031 } })
    const server = closeLater(
      await serveInTurn([
        (_, response) => response.end(error),
        (_, response) => response.end(reply('Hi.') + end),
      ]),
    )

    expect((await ask(platformAt('adp-v1', `${server.url}/v1/qbot/chat/sse`))).text).toBe('Hi.')
  })
})

describe('the second version', () => {
  const added = (id: string, type: string) =>
    event('message.added', { Message: { Type: type, MessageId: id } })
  const text = (id: string, Text: string, name = 'text.delta') =>
    event(name, { MessageId: id, ContentIndex: 0, Text })
  const end = event('response.completed', { Response: {} })
  const heardOf = async (...events: readonly string[]) =>
    hear(platformAt('adp-v2', `${closeLater(await servePieces(events)).url}/adp/v2/chat`))

  it('tells replies alone, one in each paragraph', async () => {
    const heard = await heardOf(
      added('a', 'thought'),
      text('a', 'Hm.'),
      added('b', 'reply'),
      text('b', 'One'),
      text('b', '.'),
      added('c', 'tool_call'),
      text('c', '{}'),
      added('d', 'reply'),
      text('d', 'Two.'),
      added('e', 'recommendation'),
      text('e', 'And now?'),
      end,
    )

    expect(heard).toEqual({ text: 'One.\n\nTwo.', how: 'ended', detail: '' })
  })

  it('goes on from a text that replaces by more of the same, and withholds what contradicts', async () => {
    const begun = [added('a', 'reply'), text('a', 'Hi')]

    expect(await heardOf(...begun, text('a', 'Hi there.', 'text.replace'), end)).toMatchObject({
      text: 'Hi there.',
      how: 'ended',
    })
    expect(await heardOf(...begun, text('a', 'No.', 'text.replace'), end)).toMatchObject({
      text: 'Hi',
      how: 'withheld',
    })
  })

  it('tells what replaces a text that nobody has seen', async () => {
    expect(await heardOf(added('a', 'reply'), text('a', 'Hi.', 'text.replace'), end)).toMatchObject(
      {
        text: 'Hi.',
        how: 'ended',
      },
    )
  })

  it('asks with names of 32 to 64 characters, and brings pictures', async () => {
    const server = closeLater(
      await serveInTurn([
        (_, response) => response.end(added('a', 'reply') + text('a', 'Hi.') + end),
      ]),
    )
    const attachments = [{ kind: 'image', url: 'https://pictures.example/1.jpg' }] as const

    await ask(platformAt('adp-v2', `${server.url}/adp/v2/chat`), {
      turn: { ...aTurn, attachments },
    })

    const [body] = server.asked
    expect(body?.['Contents']).toEqual([
      { Type: 'text', Text: aTurn.text },
      { Type: 'image', Image: { Url: 'https://pictures.example/1.jpg' } },
    ])
    for (const field of ['ConversationId', 'RequestId']) {
      expect(body?.[field]).toMatch(/^[a-zA-Z0-9_-]{32,64}$/)
    }
  })

  it('says what to do about an error in its own spelling', async () => {
    const error = event('error', { Error: { Code: 460032, Message: 'Secret!' } })

    expect((await heardOf(error)).detail).toBe(
      'ADP reported an error (460032): the account has no credit left.',
    )
  })
})
