import { describe, expect, it } from 'vitest'
import { gateways } from '../support/gateway-events.ts'
import { apiToken } from '../support/local-cloud.ts'
import { bot, repliesWorlds, user } from '../support/replies-world.ts'

const startWorld = repliesWorlds()

const to = { from: bot, to: user }
const bearer = { authorization: `Bearer ${apiToken}` }
const json = { ...bearer, 'content-type': 'application/json' }

describe('each gateway', () => {
  const spellings = [
    {},
    { base64: true },
    { headerCase: 'title' },
    { headerCase: 'upper', base64: true },
    { stage: 'prod' },
  ] as const

  it.each(gateways)('%s: sends a reply and answers what became of it', async (_name, eventOf) => {
    const world = await startWorld()
    const text = 'Grüße 👋'

    for (const [index, wrapping] of spellings.entries()) {
      const order = JSON.stringify({ ...to, replyId: `reply-${index}`, text })
      const posted = await world.invoke(
        eventOf({ method: 'POST', path: '/replies', headers: json, body: order }, wrapping),
      )
      const got = await world.invoke(
        eventOf({ method: 'GET', path: `/replies/reply-${index}`, headers: bearer }, wrapping),
      )

      expect(posted).toMatchObject({ status: 200, body: { replyId: `reply-${index}` } })
      expect(got.body).toEqual(posted.body)
    }
    world.expectShown(text.repeat(spellings.length), spellings.length)
  })

  it.each(gateways)('%s: answers a GET that comes with an empty body', async (_name, eventOf) => {
    const world = await startWorld()

    const answer = await world.invoke(
      eventOf({ method: 'GET', path: '/replies/none', headers: bearer, body: '' }),
    )

    expect(answer.status).toBe(404)
  })
})
