import { describe, expect, it } from 'vitest'
import { interruptBody, messageBody } from '../support/callbacks.ts'
import { accepted, refusal, webhookWorlds } from '../support/webhook-world.ts'

const oldToken = 'old-token-55aa'
const newToken = 'new-token-77cc'
const startWorld = webhookWorlds([oldToken, newToken, 'red packet', 'your cloud custom data'])

const nowhere = 'http://127.0.0.1:1'

describe('when something is out of reach', () => {
  it.each([
    ['queue', 'does not listen', { AWS_ENDPOINT_URL_SQS: nowhere }, messageBody()],
    [
      'queue',
      'does not exist',
      { REPLIES_QUEUE_URL: 'http://localhost/000000000000/none.fifo' },
      messageBody(),
    ],
    ['store', 'does not listen', { AWS_ENDPOINT_URL_DYNAMODB: nowhere }, interruptBody()],
    ['store', 'does not exist', { REPLIES_TABLE: 'none' }, interruptBody()],
    [
      'secret',
      'does not listen',
      { CHAT_CALLBACK_TOKEN: undefined, SECRETS_NAME: 'chat/dev', AWS_ENDPOINT_URL: nowhere },
      messageBody(),
    ],
  ])('the %s, because it %s, Tencent may send the callback again', async (what, _, env, body) => {
    const world = await startWorld(env)

    expect(await world.call({ body })).toEqual(refusal(500, new RegExp(what)))

    expect(world.log()).toMatchObject([{ message: 'out-of-reach', what }])
  })

  it('what is refused anyway is refused all the same', async () => {
    const world = await startWorld({ AWS_ENDPOINT_URL_SQS: nowhere })

    expect(await world.call({ query: { Sign: 'f'.repeat(64) } })).toMatchObject({ status: 403 })
    expect(await world.call({ body: 'no JSON' })).toMatchObject(accepted)
  })
})

describe('a wrong environment', () => {
  it('stops the function and names every variable', async () => {
    const changes = { CHAT_CALLBACK_TOKEN: undefined, REPLIES_QUEUE_URL: undefined }

    await expect(startWorld(changes)).rejects.toThrow(
      /REPLIES_QUEUE_URL is missing[\s\S]*CHAT_CALLBACK_TOKEN is missing/,
    )
  })
})
