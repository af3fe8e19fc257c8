import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import {
  callbackToken,
  endAll,
  endings,
  secretKey,
  startCentre,
  startCentres,
  startWebhook,
  visit,
  withRobot,
} from '../../support/doctor-world.ts'
import { startSecrets } from '../../support/local-cloud.ts'

afterEach(endAll)

describe('an application that is set up', () => {
  it('is found right in every part', async () => {
    const { verdicts, said } = await visit({
      endpoints: await startCentres('singapore', withRobot('@RBT#bot')),
    })

    expect(verdicts).toEqual({
      clock: 'right',
      region: 'right',
      key: 'right',
      admin: 'right',
      robot: 'right',
      callback: 'unknown',
    })
    expect(said).toEqual([expect.stringContaining('--to USER')])
  })
})

describe('what is set wrong', () => {
  it('a region: the right one is found with the same signature', async () => {
    const { of, verdicts, settings } = await visit({ endpoints: await startCentres('frankfurt') })

    expect(of('region')).toMatchObject({
      verdict: 'wrong',
      heard: 'singapore does not know application 1400000000: ErrorCode 70020 (unknown sdkappid).',
      mend: 'The application lives in frankfurt: set CHAT_REGION=frankfurt.',
    })
    expect(settings).toEqual([{ name: 'CHAT_REGION', value: 'frankfurt', now: 'singapore' }])
    expect(verdicts).toMatchObject({ key: 'right', admin: 'right' })
  })

  it('a region, with a wrong key: both are named', async () => {
    const { verdicts, settings } = await visit({
      endpoints: await startCentres('tokyo'),
      env: { CHAT_SECRET_KEY: 'another' },
    })

    expect(verdicts).toMatchObject({ region: 'wrong', key: 'wrong', admin: 'unknown' })
    expect(settings).toMatchObject([{ value: 'tokyo' }])
  })

  it('an application that no data centre knows', async () => {
    const { of, settings } = await visit({ endpoints: await startCentres(undefined) })

    expect(of('region')?.mend).toContain('set CHAT_SDK_APP_ID')
    expect(settings).toEqual([])
  })

  it('a host of one’s own: no other is asked', async () => {
    const { of } = await visit({ env: { CHAT_ENDPOINT: await startCentre(1) } })

    expect(of('region')?.heard).toContain('the host of CHAT_ENDPOINT does not know')
    expect(of('region')?.mend).toContain('leave CHAT_ENDPOINT out')
  })

  it('a key', async () => {
    const { of, verdicts } = await visit({ env: { CHAT_SECRET_KEY: 'another' } })

    expect(of('key')?.mend).toContain('check that CHAT_SECRET_KEY belongs to CHAT_SDK_APP_ID')
    expect(verdicts).toMatchObject({ region: 'right', key: 'wrong', admin: 'unknown' })
  })

  it('an administrator', async () => {
    const { of, verdicts } = await visit({ env: { CHAT_ADMIN: 'user01' } })

    expect(of('admin')).toMatchObject({
      heard: 'user01: ErrorCode 60010 (not an administrator).',
      mend: expect.stringContaining('Set CHAT_ADMIN'),
    })
    expect(verdicts).toMatchObject({ region: 'right', key: 'right', admin: 'wrong' })
  })

  it('a variable: the environment is named, and nobody is asked', async () => {
    const { findings } = await visit({ env: { CHAT_SDK_APP_ID: 'x', CHAT_REGION: 'mars' } })

    expect(findings).toMatchObject([{ id: 'environment', verdict: 'wrong' }])
    expect(findings[0]?.heard).toMatch(/CHAT_SDK_APP_ID must be .*CHAT_REGION must be /s)
  })

  it('a host that is not there', async () => {
    const { of, verdicts } = await visit({ env: { CHAT_ENDPOINT: 'http://127.0.0.1:1' } })

    expect(of('service')?.heard).toBe(
      'no answer: No connection (ECONNREFUSED): check CHAT_ENDPOINT and CHAT_REGION.',
    )
    expect(verdicts).toMatchObject({ clock: 'unknown', key: 'unknown', admin: 'unknown' })
  })

  it.each([
    [3_600_000, 'This machine is 3600 s ahead of the service.'],
    [-120_000, 'This machine is 120 s behind the service.'],
  ])('a clock that is off by %i ms', async (aheadMs, heard) => {
    const clock = { ...systemClock, now: () => systemClock.now() + aheadMs }

    const { of } = await visit({ clock })

    expect(of('clock')).toMatchObject({ verdict: 'wrong' })
    // The service tells whole seconds.
    expect(Number(/\d+/.exec(of('clock')?.heard ?? '')?.[0])).toBeCloseTo(
      Number(/\d+/.exec(heard)?.[0]),
      -1,
    )
    expect(of('clock')?.heard.replace(/\d+/, '')).toBe(heard.replace(/\d+/, ''))
  })
})

describe('a key that is in a secret', () => {
  const inSecret = {
    CHAT_SECRET_KEY: '',
    SECRETS_NAME: 'tencent-chat-stream/dev',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'aws-secret-access-key',
  }

  it('is read there, and so is the token of the callbacks', async () => {
    const content = { CHAT_SECRET_KEY: secretKey, CHAT_CALLBACK_TOKEN: callbackToken }
    const secrets = await startSecrets(JSON.stringify(content))
    endings.push(secrets.close)

    const { verdicts } = await visit({
      env: { ...inSecret, AWS_ENDPOINT_URL: secrets.endpoint },
      callbackUrl: `${await startWebhook('none')}/webhooks/chat`,
    })

    expect(verdicts).toMatchObject({ key: 'right', callback: 'right' })
  })

  it.each([
    ['no JSON', 'secret out of reach: SECRETS_NAME: the secret is not a JSON object.'],
    ['{}', 'The secret has no CHAT_SECRET_KEY.'],
  ])('that holds %s is told, and nobody is asked', async (content, heard) => {
    const secrets = await startSecrets(content)
    endings.push(secrets.close)

    const { findings } = await visit({ env: { ...inSecret, AWS_ENDPOINT_URL: secrets.endpoint } })

    expect(findings).toMatchObject([{ id: 'key', verdict: 'wrong', heard }])
  })

  it('needs credentials for AWS', async () => {
    const { of } = await visit({ env: { ...inSecret, AWS_ACCESS_KEY_ID: '' } })

    expect(of('environment')?.heard).toContain('AWS_ACCESS_KEY_ID is missing')
  })
})

describe('the robot', () => {
  it('that is missing is created where that is asked for, and named where it is not', async () => {
    const rules = withRobot('@RBT#other')
    const endpoints = await startCentres('singapore', rules)

    const without = await visit({ endpoints, bot: '@RBT#bot' })
    const created = await visit({ endpoints, bot: '@RBT#bot', createRobot: true })
    const found = await visit({ endpoints, bot: '@RBT#bot', createRobot: true })

    expect(without.of('robot')).toMatchObject({
      verdict: 'wrong',
      heard: '@RBT#bot is not among the robots of the application (@RBT#other).',
    })
    expect(created.of('robot')?.heard).toBe('@RBT#bot was created.')
    expect(found.of('robot')?.heard).toBe('@RBT#bot is there.')
  })

  it('cannot be created where there are as many as there may be', async () => {
    const rules = withRobot(...Array.from({ length: 20 }, (_, i) => `@RBT#${i}`))
    const endpoints = await startCentres('singapore', rules)

    const { of } = await visit({ endpoints, bot: '@RBT#bot', createRobot: true })

    expect(of('robot')).toMatchObject({ verdict: 'wrong', heard: expect.stringContaining('10008') })
  })

  it('is not needed to be named where there is only one, and must be where there are several', async () => {
    const one = await startCentres('singapore', withRobot('@RBT#bot'))
    const two = await startCentres('singapore', withRobot('@RBT#1', '@RBT#2'))

    expect((await visit({ endpoints: one, to: 'user01' })).said[0]).toContain('from @RBT#bot')
    const { findings } = await visit({ endpoints: two, to: 'user01' })
    expect(findings.at(-1)).toMatchObject({ id: 'robot', verdict: 'wrong' })
  })
})

describe('messages to the test user', () => {
  it('are sent only when somebody agrees', async () => {
    const rules = withRobot('@RBT#bot')
    const endpoints = await startCentres('singapore', rules)

    const { said, settings } = await visit({ endpoints, to: 'user01' })

    expect(said).toEqual([
      'About 6 messages will be sent to user01 from @RBT#bot, one of 12 KB. Go on?',
      'No messages were sent.',
    ])
    expect(settings).toEqual([])
    expect(rules.messages()).toEqual([])
  })

  it('are not sent while something is wrong', async () => {
    const { said } = await visit({ to: 'user01', env: { CHAT_SECRET_KEY: 'x' }, agrees: true })

    expect(said).toEqual(['No messages were sent: mend the above first.'])
  })
})
