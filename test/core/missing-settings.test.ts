import { describe, expect, it } from 'vitest'
import { readRoleCredentials, readWebhookConfig, readWorkerConfig } from '../../lib/config.ts'
import { least, messageFor, namedIn } from '../support/environments.ts'

describe('CALLBACK_IP_LIST', () => {
  const { CHAT_SECRET_KEY: _, ...keyless } = least
  const webhook = {
    ...keyless,
    CHAT_CALLBACK_TOKEN: 'the-token',
    REPLIES_QUEUE_URL: 'https://queue',
  }

  it('needs the key to read the list with; without it the webhook needs none', () => {
    expect(readWebhookConfig(webhook)).toMatchObject({ CALLBACK_IP_LIST: false })
    expect(() => readWebhookConfig({ ...webhook, CALLBACK_IP_LIST: '1' })).toThrow(
      'CHAT_SECRET_KEY',
    )
    expect(
      readWebhookConfig({ ...webhook, CALLBACK_IP_LIST: '1', SECRETS_NAME: 'chat/dev' }),
    ).toMatchObject({ CALLBACK_IP_LIST: true })
  })
})

describe('plain http', () => {
  const worker = (env: NodeJS.ProcessEnv) => () =>
    readWorkerConfig(['echo'], { ...least, REPLIES_QUEUE_URL: 'https://queue', ...env })
  const names = [
    'CHAT_ENDPOINT',
    'SECRETS_ENDPOINT',
    'WORKER_ENDPOINT',
    'OPENAI_BASE_URL',
    'REPLY_SOURCE_URL',
  ]
  const refused =
    /^ {2}(CHAT_ENDPOINT|SECRETS_ENDPOINT|WORKER_ENDPOINT|OPENAI_BASE_URL|REPLY_SOURCE_URL) must begin with https:.*ALLOW_HTTP=1/m

  it.each(names)('is refused in %s, with what to do', (name) => {
    for (const host of [
      'example.com',
      '10.0.0.1',
      '127.0.0.1.example.com',
      '[2001:db8::1]',
      '0.0.0.0',
    ]) {
      const at = `http://${host}/v1`
      expect(worker({ [name]: at }), at).toThrow(refused)
      expect(worker({ [name]: at }), at).not.toThrow(host)
      expect(worker({ [name]: at, ALLOW_HTTP: '0' }), at).toThrow(refused)
    }
  })

  it.each(names)('is taken in %s to this machine, or where it is allowed', (name) => {
    const hosts = [
      'localhost',
      'LOCALHOST:8080',
      '127.0.0.1',
      '127.1',
      '[::1]:1',
      'model.localhost',
    ]
    for (const host of hosts) expect(worker({ [name]: `http://${host}/v1` }), host).not.toThrow()
    expect(worker({ [name]: 'http://example.com', ALLOW_HTTP: '1' })).not.toThrow()
    expect(worker({ [name]: 'https://example.com' })).not.toThrow()
  })

  it('is refused to the functions that only write, too', () => {
    expect(namedIn(messageFor({ ...least, CHAT_ENDPOINT: 'http://example.com' }))).toEqual([
      'CHAT_ENDPOINT',
    ])
  })
})

describe('a token of the replies API', () => {
  const token = 'the-token-of-the-crm'
  const keys = JSON.stringify({ ops: { token: 'the-token-of-operations' }, crm: { token } })
  const both = (tokens: string) => ({
    ...least,
    REPLIES_API_KEYS: keys,
    REPLIES_API_TOKEN: tokens,
    REPLIES_QUEUE_URL: 'https://queue',
  })

  it.each([token, `a-token-of-its-own, ${token}`])('has one name: %s', (tokens) => {
    const says = 'REPLIES_API_KEYS crm.token must differ from REPLIES_API_TOKEN'

    expect(messageFor(both(tokens))).toContain(says)
    expect(messageFor(both(tokens))).not.toContain(token)
    expect(namedIn(messageFor(both(tokens)))).toEqual(['REPLIES_API_KEYS'])
    expect(() => readWorkerConfig(['echo'], both(tokens))).toThrow(says)
  })

  it('may stand beside those of keys', () => {
    expect(readWorkerConfig(['echo'], both('a-token-of-its-own'))).toMatchObject({
      REPLIES_API_KEYS: keys,
    })
  })
})

describe('the worker on Tencent SCF', () => {
  const webhook = { ...least, CHAT_CALLBACK_TOKEN: 'the-token' }
  const worker = { WORKER_FUNCTION: 'the-worker', WORKER_REGION: 'ap-singapore' }

  it('stands in for the queue', () => {
    expect(readWebhookConfig({ ...webhook, ...worker })).toMatchObject(worker)
    expect(() => readWebhookConfig(webhook)).toThrow(
      'REPLIES_QUEUE_URL is missing: the URL of the SQS FIFO queue (on Tencent SCF, WORKER_FUNCTION)',
    )
  })

  it.each(['-worker', 'my worker', 'worker_', 'x'.repeat(61)])('is not called %s', (name) => {
    expect(namedIn(messageFor({ ...least, ...worker, WORKER_FUNCTION: name }))).toEqual([
      'WORKER_FUNCTION',
    ])
  })

  it('needs its region', () => {
    const { WORKER_REGION: _, ...without } = worker

    expect(namedIn(messageFor({ ...least, ...without }))).toEqual(['WORKER_REGION'])
    expect(namedIn(messageFor({ ...least, ...worker, WORKER_REGION: 'ap singapore' }))).toEqual([
      'WORKER_REGION',
    ])
  })

  it('is invoked with what the platform gives a function that has a role', () => {
    const given = { TENCENTCLOUD_SECRETID: 'id', TENCENTCLOUD_SECRETKEY: 'key' }

    expect(readRoleCredentials({ ...given, TENCENTCLOUD_SESSIONTOKEN: 'token' })).toEqual({
      secretId: 'id',
      secretKey: 'key',
      token: 'token',
    })
    expect(readRoleCredentials(given)).toEqual({ secretId: 'id', secretKey: 'key' })
    expect(readRoleCredentials({ TENCENTCLOUD_SECRETID: 'id' })).toBeUndefined()
  })
})
