import { text as readText } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { awsJsonClient } from '../../../lib/adapters/aws/aws-json-client.ts'
import { type SecretName, secretReader } from '../../../lib/adapters/aws/aws-secrets.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import { serveOn } from '../../support/serve-on.ts'

interface Call {
  readonly target: string
  readonly contentType: string
  readonly input: unknown
}

/** Secrets Manager and SSM in one, with one content; `content' and 'status' may be changed while it runs. */
const startService = async (content: string | undefined) => {
  const service = { content, status: 200, calls: [] as Call[] }
  const { url, close } = await serveOn(async (request, response) => {
    const body = await readText(request)
    const target = String(request.headers['x-amz-target'])
    const contentType = String(request.headers['content-type'])
    service.calls.push({ target, contentType, input: JSON.parse(body) })
    const answer = target.startsWith('AmazonSSM')
      ? { Parameter: { Value: service.content } }
      : { SecretString: service.content }
    const refusal = { __type: 'ResourceNotFoundException', Message: 'no secret of account 1234' }
    const shown = service.status === 200 ? answer : refusal
    response.writeHead(service.status).end(JSON.stringify(shown))
  })
  onTestFinished(close)
  return { service, endpoint: url }
}

const readerOf = (
  endpoint: string,
  secretsName: string | undefined,
  env: Partial<Record<SecretName, string>> = {},
) => {
  let nowMs = 1_700_000_000_000
  const clock = { now: () => nowMs, sleep: async () => {} }
  const client = (service: 'secretsmanager' | 'ssm') =>
    awsJsonClient({
      service,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
      endpoint,
      clock,
      random: () => 0.5,
    })
  const reader = secretReader({
    env,
    ...(secretsName === undefined ? {} : { secretsName }),
    callSecretsManager: client('secretsmanager'),
    callSsm: client('ssm'),
    readTencentSecret: async () => expect.unreachable(),
    clock,
  })
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { reader, pass }
}

const keysWith = (token: string): string =>
  JSON.stringify({ crm: { token, bots: ['@RBT#shop'], may: ['read'] } })

const failureOf = async (promise: Promise<unknown>): Promise<Error> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Error)) throw new Error('The read was expected to fail.')
  return error
}

describe('secretReader', () => {
  it('reads the system prompt too, which need not stand in a template then', async () => {
    const { endpoint } = await startService('{"SYSTEM_PROMPT":"Be kind.\\nBe short."}')
    const { reader } = readerOf(endpoint, 'chat/prod')

    expect(await reader.read('SYSTEM_PROMPT')).toBe('Be kind.\nBe short.')
  })

  it('reads a secret of Secrets Manager', async () => {
    const { service, endpoint } = await startService('{"CHAT_SECRET_KEY":"k","other":1}')
    const { reader } = readerOf(endpoint, 'chat/prod')

    const values = [await reader.read('CHAT_SECRET_KEY'), await reader.read('OPENAI_API_KEY')]

    expect(values).toEqual(['k', undefined])
    expect(service.calls).toEqual([
      {
        target: 'secretsmanager.GetSecretValue',
        contentType: 'application/x-amz-json-1.1',
        input: { SecretId: 'chat/prod' },
      },
    ])
  })

  it('reads a SecureString of SSM when the name is a path', async () => {
    const { service, endpoint } = await startService(
      '{"REPLIES_API_TOKEN":"the-first-token-a,the-second-token"}',
    )
    const { reader } = readerOf(endpoint, '/chat/prod')

    const value = await reader.read('REPLIES_API_TOKEN')

    expect(value).toBe('the-first-token-a,the-second-token')
    expect(service.calls).toMatchObject([
      { target: 'AmazonSSM.GetParameter', input: { Name: '/chat/prod', WithDecryption: true } },
    ])
  })

  it('lets the environment win, and asks nobody for what it holds', async () => {
    const { service, endpoint } = await startService('{"CHAT_SECRET_KEY":"from the secret"}')
    const { reader } = readerOf(endpoint, 'chat', { CHAT_SECRET_KEY: 'from the environment' })

    expect(await reader.read('CHAT_SECRET_KEY', true)).toBe('from the environment')
    expect(service.calls).toEqual([])
  })

  it('asks nobody without a name', async () => {
    const { service, endpoint } = await startService('{"CHAT_SECRET_KEY":"k"}')

    expect(await readerOf(endpoint, undefined).reader.read('CHAT_SECRET_KEY')).toBeUndefined()
    expect(service.calls).toEqual([])
  })

  it('reads once, however many ask at once and later', async () => {
    const { service, endpoint } = await startService('{"CHAT_SECRET_KEY":"k"}')
    const { reader, pass } = readerOf(endpoint, 'chat')

    await Promise.all([reader.read('CHAT_SECRET_KEY'), reader.read('OPENAI_API_KEY')])
    pass(3_600_000)
    await reader.read('CHAT_SECRET_KEY')

    expect(service.calls).toHaveLength(1)
  })

  it('reads again when a fresh value is wanted, at most every ten seconds', async () => {
    const { service, endpoint } = await startService('{"CHAT_SECRET_KEY":"old"}')
    const { reader, pass } = readerOf(endpoint, 'chat')
    await reader.read('CHAT_SECRET_KEY')
    service.content = '{"CHAT_SECRET_KEY":"new"}'

    pass(9_999)
    const tooSoon = await reader.read('CHAT_SECRET_KEY', true)
    pass(1)
    const fresh = await Promise.all([
      reader.read('CHAT_SECRET_KEY', true),
      reader.read('CHAT_SECRET_KEY', true),
    ])

    expect([tooSoon, ...fresh]).toEqual(['old', 'new', 'new'])
    expect(service.calls).toHaveLength(2)
  })

  it.each<[string, string | undefined, string]>([
    ['no text', undefined, 'SECRETS_NAME: the secret holds no text.'],
    ['no JSON', 'CHAT_SECRET_KEY=hunter2', 'SECRETS_NAME: the secret is not a JSON object.'],
    ['a list', '["hunter2"]', 'SECRETS_NAME: the secret is not a JSON object.'],
    [
      'a value that is no string',
      '{"CHAT_SECRET_KEY":["hunter2"]}',
      'SECRETS_NAME: CHAT_SECRET_KEY in the secret is not a string.',
    ],
  ])('says what is wrong with %s, and shows none of it', async (_, content, message) => {
    const { endpoint } = await startService(content)

    const error = await failureOf(readerOf(endpoint, 'chat').reader.read('CHAT_SECRET_KEY'))

    expect(error.message).toBe(message)
    expect(`${error.stack} ${String(error.cause)}`).not.toContain('hunter2')
  })

  it.each([
    ['both in the secret', {}],
    ['the token in the environment', { REPLIES_API_TOKEN: 'a-token-of-both-names' }],
    ['the keys in the environment', { REPLIES_API_KEYS: keysWith('a-token-of-both-names') }],
  ])('gives out no token that has two names, %s', async (_where, env) => {
    const content = {
      CHAT_SECRET_KEY: 'k',
      REPLIES_API_TOKEN: 'its-own-token-1234, a-token-of-both-names',
      REPLIES_API_KEYS: keysWith('a-token-of-both-names'),
    }
    const { endpoint } = await startService(JSON.stringify(content))
    const { reader } = readerOf(endpoint, 'chat', env)
    const names = ['REPLIES_API_KEYS', 'REPLIES_API_TOKEN'] as const

    const read = await Promise.allSettled(names.map((name) => reader.read(name)))

    const problems = read.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
    expect(problems.length).toBeGreaterThan(0)
    for (const problem of problems) {
      expect(problem).toMatch(/SECRETS_NAME: .*crm\.token must differ from REPLIES_API_TOKEN/)
      expect(problem).not.toContain('a-token-of-both-names')
    }
    expect(await reader.read('CHAT_SECRET_KEY')).toBe('k')
  })

  it('says what the service said, and asks again next time', async () => {
    const { service, endpoint } = await startService('{"CHAT_SECRET_KEY":"k"}')
    const { reader } = readerOf(endpoint, 'chat')
    service.status = 400

    const error = await failureOf(reader.read('CHAT_SECRET_KEY'))
    service.status = 200
    const later = await reader.read('CHAT_SECRET_KEY')

    expect(error.message).toBe(
      'SECRETS_NAME: the service answered ResourceNotFoundException; check name and permission.',
    )
    expect(later).toBe('k')
  })

  it('keeps the values it has when they cannot be read again', async () => {
    const { service, endpoint } = await startService('{"CHAT_SECRET_KEY":"k"}')
    const { reader, pass } = readerOf(endpoint, 'chat')
    await reader.read('CHAT_SECRET_KEY')
    service.status = 400
    pass(10_000)

    const again = failureOf(reader.read('CHAT_SECRET_KEY', true))
    const meanwhile = await reader.read('CHAT_SECRET_KEY')
    expect((await again).message).toContain('ResourceNotFoundException')

    expect([meanwhile, await reader.read('CHAT_SECRET_KEY')]).toEqual(['k', 'k'])
    expect(service.calls).toHaveLength(2)
  })

  it('is out of reach when nobody answers', async () => {
    const { reader } = readerOf('http://127.0.0.1:1', 'chat')

    const error = await failureOf(reader.read('CHAT_SECRET_KEY'))

    expect(error).toBeInstanceOf(OutOfReach)
    expect(error).toMatchObject({ what: 'secret' })
  })
})
