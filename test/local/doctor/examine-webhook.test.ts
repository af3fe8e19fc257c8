import { afterEach, describe, expect, it, test } from 'vitest'
import {
  callbackToken,
  endAll,
  startWebhook,
  visit,
  type WebhookFault,
} from '../../support/doctor-world.ts'

afterEach(endAll)

describe('the webhook', () => {
  const ask = async (fault: WebhookFault, path = '/webhooks/chat', tokens = callbackToken) => {
    const url = await startWebhook(fault)
    const { findings } = await visit({
      callbackUrl: url + path,
      env: { CHAT_CALLBACK_TOKEN: tokens },
    })
    return findings.filter(({ id }) => id.startsWith('callback'))
  }

  it('that takes what is genuine and refuses what is forged is right', async () => {
    expect(await ask('none')).toMatchObject([
      { id: 'callback', verdict: 'right' },
      { id: 'callback-forged', verdict: 'right' },
      { id: 'callback-time', verdict: 'right' },
    ])
  })

  it.each([
    ['other token', 'another CHAT_CALLBACK_TOKEN'],
    ['no JSON', 'Something else than the webhook'],
    ['moved', 'follows no redirect'],
    ['down', "webhook's log"],
  ] as const)('is wrong with %s', async (fault, mend) => {
    expect(await ask(fault)).toMatchObject([
      { id: 'callback', verdict: 'wrong', mend: expect.stringContaining(mend) },
    ])
  })

  it('that takes anything is wrong', async () => {
    expect(await ask('takes anything')).toMatchObject([
      { verdict: 'right' },
      { id: 'callback-forged', verdict: 'wrong' },
      { verdict: 'right' },
    ])
  })

  it('is looked for at its own path', async () => {
    const [finding] = await ask('none', '/webhook')

    expect(finding?.mend).toContain('/webhooks/chat')
  })

  it('must take every token while they are rotated', async () => {
    expect(await ask('none', '/webhooks/chat', `${callbackToken},another`)).toMatchObject([
      { verdict: 'wrong' },
    ])
  })

  it('cannot be asked without a token', async () => {
    const { of } = await visit({ callbackUrl: 'http://127.0.0.1:1/webhooks/chat' })

    expect(of('callback')?.mend).toContain('CHAT_CALLBACK_TOKEN')
  })

  test('that is not there is wrong', async () => {
    const { of } = await visit({
      callbackUrl: 'http://127.0.0.1:1/webhooks/chat',
      env: { CHAT_CALLBACK_TOKEN: callbackToken },
    })

    expect(of('callback')).toMatchObject({ verdict: 'wrong', heard: 'No connection.' })
  })
})
