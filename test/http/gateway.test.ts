import { describe, expect, it } from 'vitest'
import { type GatewayEvent, gatewayHandler } from '../../lib/http/gateway.ts'
import { gateways, httpApiEvent } from '../support/gateway-events.ts'
import { lambdaContext } from '../support/local-cloud.ts'

/** Answers with the request as the application sees it. */
const handler = gatewayHandler(() => ({
  fetch: async (request) => {
    const { method, url, headers } = request
    const { pathname, search } = new URL(url)
    const seen = { method, path: pathname, search, headers: Object.fromEntries(headers) }
    return Response.json({ ...seen, body: await request.text() }, { status: 201 })
  },
}))

const seenFor = async (event: unknown) => {
  const result = await handler(event as GatewayEvent, lambdaContext())
  return { status: result.statusCode, ...JSON.parse(result.body) }
}

/** As a REST API or SCF would send it, with whatever is left out. */
const bare = { httpMethod: 'POST', path: '/replies' }

describe('gatewayHandler', () => {
  it.each(gateways)(
    '%s: hands on method, path, query, headers and body',
    async (_name, eventOf) => {
      const request = {
        method: 'PUT',
        path: '/webhooks/chat',
        query: { Sign: 'a+b/c=', CallbackCommand: 'Bot.OnC2CMessage' },
        headers: { 'X-Own': 'own value' },
        body: '{"text":"Grüße 👋"}',
      }

      for (const wrapping of [{}, { base64: true, headerCase: 'upper', stage: 'prod' }] as const) {
        expect(await seenFor(eventOf(request, wrapping))).toMatchObject({
          status: 201,
          method: 'PUT',
          path: '/webhooks/chat',
          search: '?Sign=a%2Bb%2Fc%3D&CallbackCommand=Bot.OnC2CMessage',
          headers: { 'x-own': 'own value' },
          body: request.body,
        })
      }
    },
  )

  it('answers in the form that every gateway takes', async () => {
    expect(await handler(httpApiEvent({ method: 'GET', path: '/' }), lambdaContext())).toEqual({
      statusCode: 201,
      headers: { 'content-type': 'application/json' },
      body: expect.any(String),
      isBase64Encoded: false,
    })
  })

  it('takes a stage off the path only where it stands before it', async () => {
    const seenPath = async (path: string, stage: string) =>
      (await seenFor({ ...httpApiEvent({ method: 'GET', path }, { stage }) })).path

    expect(await seenPath('/replies/a', 'replies')).toBe('/replies/a')
    expect(await seenPath('/replies/a', '$default')).toBe('/replies/a')
    expect(await seenPath('/prod', 'pro')).toBe('/prod')
  })

  it('takes a header once, however it is spelled, and each of its values', async () => {
    const event = {
      ...bare,
      headers: { Authorization: 'Bearer a', 'x-many': 'two' },
      multiValueHeaders: { authorization: ['Bearer a'], 'X-Many': ['one', 'two'], 'x-none': null },
    }

    expect((await seenFor(event)).headers).toEqual({
      authorization: 'Bearer a',
      'x-many': 'one, two',
    })
  })

  it('takes each value of a query once', async () => {
    const event = {
      ...bare,
      queryStringParameters: { a: '2', b: null },
      multiValueQueryStringParameters: { a: ['1', '2'] },
    }

    expect((await seenFor(event)).search).toBe('?a=1&a=2&b=')
  })

  it('drops a header that HTTP cannot carry and serves the rest', async () => {
    const headers = { 'no name': 'x', 'x-snow': '☃', 'x-lines': 'a\nb', 'x-good': 'yes' }

    expect(await seenFor({ ...bare, headers })).toMatchObject({
      status: 201,
      headers: { 'x-good': 'yes' },
    })
  })

  it('takes null and nothing alike for what is not there', async () => {
    const nulls = {
      headers: null,
      multiValueHeaders: null,
      queryStringParameters: null,
      body: null,
    }

    expect(await seenFor({ ...bare, ...nulls })).toEqual(await seenFor(bare))
  })

  it('leaves what would be another part of the URL in the path', async () => {
    expect(await seenFor({ ...bare, path: '/a?b#c' })).toMatchObject({
      path: '/a%3Fb%23c',
      search: '',
    })
  })

  it.each([
    ['no event of a gateway', { Records: [] }],
    ['nothing', undefined],
    ['a method that a request cannot have', { ...bare, httpMethod: 'TRACE' }],
    ['a method that is none', { ...bare, httpMethod: 'NO METHOD' }],
    ['a body that is no text', { ...bare, body: { a: 1 } }],
  ])('answers 400 for %s', async (_name, event) => {
    expect(await seenFor(event)).toMatchObject({ status: 400, title: 'Bad request' })
  })
})
