import { describe, expect, it } from 'vitest'
import { signTurn } from '../../lib/adapters/sources/sign-turn.ts'
import { bot, repliesWorlds, user } from '../support/replies-world.ts'

const secret = 'whsec_c2VjcmV0LW9mLWJvdGgtd2F5cy1vZi1pdA=='
const startWorld = repliesWorlds([secret])

describe('a turn that was posted to REPLY_SOURCE_URL', () => {
  it('is no reply when somebody sends it back, though its signature is good', async () => {
    const world = await startWorld({ env: { REPLIES_WEBHOOK_SECRET: secret } })
    const replyId = 'turn:1_2_1700000000'
    const turn = { type: 'turn', replyId, from: bot, to: user, text: 'hello', askedAtMs: 1 }
    const body = JSON.stringify(turn)
    const signature = signTurn(secret, { id: replyId, body, nowMs: Date.now() })

    const answer = await world.post(body, {
      headers: { 'content-type': 'application/json', ...signature },
    })

    world.expectRefused(answer, 400)
    expect(answer.body['errors']).toEqual(
      expect.arrayContaining([
        { path: 'replyId', message: expect.stringContaining('turn:') },
        { path: 'type', message: 'is not a known field' },
      ]),
    )
    expect(world.shown()).toEqual([])
  })
})
