import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, test } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { type TencentRegion, tencentRegions } from '../../../lib/core/tencent-endpoints.ts'
import type { Clock } from '../../../lib/ports.ts'
import type { Endpoints } from '../../../local/doctor/check-application.ts'
import { examine } from '../../../local/doctor/examine.ts'
import { asJson } from '../../../local/doctor/print.ts'
import { type ChatRules, chatRules } from '../../../local/simulator/rules.ts'
import { startSimulator } from '../../../local/simulator/server.ts'
import { simulatedService } from '../../../local/simulator/service.ts'
import { userSigCheck } from '../../../local/simulator/user-sig-check.ts'
import { startSecrets } from '../../support/local-cloud.ts'

const SDK_APP_ID = 1_400_000_000
const secretKey = 'chat-secret-key'
const callbackToken = 'callback-token'
const env = { CHAT_SDK_APP_ID: String(SDK_APP_ID), CHAT_SECRET_KEY: secretKey }

const endings: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

/** A data centre where one application lives. */
const startCentre = async (appId: number, rules = chatRules(), clock: Clock = systemClock) => {
  const userSig = userSigCheck({
    sdkAppId: appId,
    admins: ['administrator'],
    secretKey: () => secretKey,
  })
  const server = await startSimulator(simulatedService({ rules, clock, userSig }))
  endings.push(server.close)
  return server.url
}

/** All data centres: the application lives in one of them. */
const startCentres = async (
  home: TencentRegion | undefined,
  rules: ChatRules = chatRules(),
): Promise<Endpoints> => {
  const here = await startCentre(SDK_APP_ID, rules)
  const elsewhere = await startCentre(1)
  const urls = tencentRegions.map((name) => [name, name === home ? here : elsewhere] as const)
  return Object.fromEntries(urls) as Record<TencentRegion, string>
}

interface Visit {
  readonly endpoints?: Endpoints
  readonly env?: Readonly<Record<string, string>>
  readonly bot?: string
  readonly createRobot?: boolean
  readonly callbackUrl?: string
  readonly to?: string
  readonly agrees?: boolean
  readonly clock?: Clock
}

const visit = async ({
  endpoints,
  env: changes = {},
  agrees = false,
  clock = systemClock,
  ...options
}: Visit) => {
  const said: string[] = []
  const diagnosis = await examine(
    { createRobot: false, yes: false, json: false, ...options },
    {
      env: { ...env, ...changes },
      endpoints: endpoints ?? (await startCentres('singapore')),
      clock,
      tell: () => {},
      mention: (sentence) => said.push(sentence),
      confirm: async (question) => {
        said.push(question)
        return agrees
      },
      signal: new AbortController().signal,
    },
  )
  const all = asJson(diagnosis) + said.join('')
  for (const secret of [secretKey, callbackToken, 'usersig']) expect(all).not.toContain(secret)
  const verdicts = Object.fromEntries(diagnosis.findings.map(({ id, verdict }) => [id, verdict]))
  const of = (id: string) => diagnosis.findings.find((finding) => finding.id === id)
  return { ...diagnosis, verdicts, of, said }
}

const withRobot = (...names: readonly string[]): ChatRules => {
  const rules = chatRules()
  for (const UserID of names) {
    rules.handle('openim_robot_http_svc/create_robot', { UserID }, systemClock.now())
  }
  return rules
}

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

type WebhookFault = 'none' | 'takes anything' | 'other token' | 'no JSON' | 'moved' | 'down'

const faultyStatus: Readonly<Partial<Record<WebhookFault, number>>> = { moved: 301, down: 500 }

const isGenuine = (query: URLSearchParams, token: string): boolean => {
  const { RequestTime = '', Sign, SdkAppid } = Object.fromEntries(query)
  const signed = createHash('sha256')
    .update(token + RequestTime)
    .digest('hex')
  return signed === Sign && SdkAppid === String(SDK_APP_ID)
}

/** A webhook as this program deploys it, or with something wrong. */
const startWebhook = async (fault: WebhookFault): Promise<string> => {
  const token = fault === 'other token' ? 'x' : callbackToken
  const statusOf = ({ pathname, searchParams }: URL): number => {
    if (pathname !== '/webhooks/chat') return 404
    return fault === 'takes anything' || isGenuine(searchParams, token) ? 200 : 403
  }
  const body = fault === 'no JSON' ? 'OK' : '{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}'
  const server: Server = createServer((request, response) => {
    const status = faultyStatus[fault] ?? statusOf(new URL(request.url ?? '', 'http://webhook'))
    response.writeHead(status, status === 301 ? { location: '/' } : {}).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endings.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

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
