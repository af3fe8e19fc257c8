import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readConfig, readWorkerConfig } from '../lib/config.ts'
import { DEFAULT_NOTICES } from '../lib/core/reply/notice.ts'
import { least, messageFor, namedIn } from './support/environments.ts'

describe('readConfig', () => {
  it('needs six variables and has defaults for the others', () => {
    expect(readConfig(least)).toEqual({
      ...least,
      CHAT_SDK_APP_ID: 1_400_000_000,
      CHAT_ADMIN: 'administrator',
      CHAT_REGION: 'singapore',
      C2C_STREAM: 'stream_msg',
      GROUP_STREAM: 'modify',
      GROUP_GAP_MS: 500,
      GROUP_FORM: 'stream',
      STREAM_BYTES: 126_976,
      NATIVE_KEEP_ALIVE: 'data',
      NATIVE_FALLBACK: false,
      MIN_GAP_MS: 200,
      CALLS_PER_SECOND: 200,
      MESSAGE_BYTES: 11_264,
      LEASE_MS: 15_000,
      HAND_OVER_MS: 10_000,
      IN_DOUBT: 'verify',
      REPLIES_STORE: 'dynamodb',
      MYSQL_MAX_CONNECTIONS: 100,
      CHECKPOINT: 'auto',
      ALLOW_HTTP: false,
      LOG_TEXT: false,
      SMOOTH_MARKDOWN: true,
      POWERTOOLS_SERVICE_NAME: 'tencent-chat-stream',
      NOTICE_EMPTY: DEFAULT_NOTICES.empty,
      NOTICE_FAILED: DEFAULT_NOTICES.failed,
      NOTICE_INTERRUPTED: DEFAULT_NOTICES.interrupted,
      NOTICE_CUT: DEFAULT_NOTICES.cut,
      NOTICE_WITHHELD: DEFAULT_NOTICES.withheld,
    })
  })

  it('names every variable that is missing, and what it is for', () => {
    expect(messageFor({})).toMatchInlineSnapshot(`
      "The environment is not right:
        CHAT_SDK_APP_ID is missing: the SDKAppID of the Chat application
        REPLIES_TABLE is missing: the name of the DynamoDB table
        AWS_REGION is missing: the AWS region of the table, such as ap-southeast-1
        AWS_ACCESS_KEY_ID is missing: AWS credentials
        AWS_SECRET_ACCESS_KEY is missing: AWS credentials
        CHAT_SECRET_KEY is missing: the secret key of the Chat application, here or in the secret that SECRETS_NAME names"
    `)
  })

  it('takes an empty variable for an absent one', () => {
    const names = ['CHAT_ADMIN', 'CHAT_ENDPOINT', 'MIN_GAP_MS', 'IN_DOUBT', 'SECRETS_NAME']
    const empty = Object.fromEntries(names.map((name) => [name, '']))

    expect(readConfig({ ...least, ...empty })).toEqual(readConfig(least))
    expect(namedIn(messageFor({ ...least, REPLIES_TABLE: '' }))).toEqual(['REPLIES_TABLE'])
  })

  it('needs no secret key where a secret holds it', () => {
    const { CHAT_SECRET_KEY: _, ...rest } = least

    expect(readConfig({ ...rest, SECRETS_NAME: '/chat/prod' })).toMatchObject({
      SECRETS_NAME: '/chat/prod',
    })
    expect(namedIn(messageFor(rest))).toEqual(['CHAT_SECRET_KEY'])
  })

  it('finds the region under its older name as well', () => {
    const { AWS_REGION, ...rest } = least

    expect(readConfig({ ...rest, AWS_DEFAULT_REGION: AWS_REGION })).toMatchObject({ AWS_REGION })
  })

  const taken: readonly (readonly [string, string, unknown])[] = [
    ['CHAT_SDK_APP_ID', '20000001', 20_000_001],
    ['CHAT_REGION', 'jakarta', 'jakarta'],
    ['CHAT_ENDPOINT', 'http://127.0.0.1:8080/base', 'http://127.0.0.1:8080/base'],
    ['SECRETS_NAME', 'tencent-chat-stream/dev', 'tencent-chat-stream/dev'],
    [
      'REPLIES_API_TOKEN',
      'the-old-api-token, the-new-api-token',
      'the-old-api-token, the-new-api-token',
    ],
    [
      'REPLIES_WEBHOOK_SECRET',
      'whsec_dGhlLW9sZC1zZWNyZXQtb2Ytc29tZWJvZHk=,dGhlLW5ldy1zZWNyZXQtb2Ytc29tZWJvZHk=',
      'whsec_dGhlLW9sZC1zZWNyZXQtb2Ytc29tZWJvZHk=,dGhlLW5ldy1zZWNyZXQtb2Ytc29tZWJvZHk=',
    ],
    ['MIN_GAP_MS', '0', 0],
    ['MESSAGE_BYTES', '2048', 2_048],
    ['IN_DOUBT', 'skip', 'skip'],
    ['NOTICE_EMPTY', '…', '…'],
    ['AWS_SESSION_TOKEN', 'token', 'token'],
  ]

  it.each(taken)('takes %s=%s', (name, value, read) => {
    expect(readConfig({ ...least, [name]: value })).toMatchObject({ [name]: read })
  })

  const refused: readonly (readonly [string, readonly string[]])[] = [
    ['CHAT_SDK_APP_ID', ['abc', '-1', '0', '1.5', '1e9', '14000000001400000000', ' 1400000000']],
    ['CHAT_ADMIN', ['a'.repeat(33)]],
    ['CHAT_SECRET_KEY', ['the-key\n', 'two words', ' ']],
    ['SECRETS_NAME', ['a secret', '{"CHAT_SECRET_KEY":"the-key"}']],
    ['CHAT_REGION', ['mars', 'Singapore', 'toString']],
    [
      'CHAT_ENDPOINT',
      [
        'localhost',
        'ftp://host',
        'https://user:pass@host',
        'https://:pass@host',
        'https://host?a=b',
      ],
    ],
    ['REPLIES_TABLE', ['my table', 'ab']],
    ['REPLIES_API_TOKEN', ['two words', 'a,,b', 'a,', 'tökén']],
    ['REPLIES_WEBHOOK_SECRET', ['whsec_', 'whsec_not base64', 'abc', 'whsec_dGVzdA==,']],
    ['ALLOW_HTTP', ['yes', 'true', '2']],
    ['MIN_GAP_MS', ['-1', '0.5', 'fast', '60001', '200ms', '1e3', '0x10']],
    ['CALLS_PER_SECOND', ['0', 'many']],
    ['MESSAGE_BYTES', ['2047', '131073']],
    ['LEASE_MS', ['999', '900001']],
    ['HAND_OVER_MS', ['800001', 'Infinity']],
    ['IN_DOUBT', ['maybe', 'VERIFY']],
    ['NOTICE_FAILED', ['x'.repeat(101)]],
    ['WORKER_ENDPOINT', ['scf.tencentcloudapi.com']],
    ['AWS_REGION', ['eu central', 'eu-central-1/x']],
    ['AWS_ENDPOINT_URL', ['here']],
    ['AWS_ENDPOINT_URL_DYNAMODB', ['dynamodb:8000']],
  ]

  it.each(refused)('names %s alone when it is malformed', (name, values) => {
    for (const value of values) {
      expect(namedIn(messageFor({ ...least, [name]: value })), value).toEqual([name])
    }
  })

  it('names every malformed variable at once', () => {
    const env = { ...least, CHAT_REGION: 'mars', MIN_GAP_MS: 'fast', REPLIES_TABLE: '' }

    expect([...namedIn(messageFor(env))].sort()).toEqual([
      'CHAT_REGION',
      'MIN_GAP_MS',
      'REPLIES_TABLE',
    ])
  })

  it('shows no value, whichever variable it stands in', () => {
    const marked = fc.string({ maxLength: 60 }).map((text) => `~${text}`)
    const env = fc.record(
      Object.fromEntries([...refused, ...taken].map(([name]) => [name, marked] as const)),
      { requiredKeys: ['MIN_GAP_MS'] },
    )

    fc.assert(
      fc.property(env, (given) => {
        expect(messageFor(given)).not.toContain('~')
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('what a model is asked with', () => {
  const worker = (env: NodeJS.ProcessEnv) =>
    readWorkerConfig(['openai'], {
      ...least,
      REPLIES_QUEUE_URL: 'https://queue',
      REPLY_SOURCE: 'openai',
      OPENAI_MODEL: 'm',
      ...env,
    })

  it('may have fields of its own, a query in its URL, and reasoning that is shown', () => {
    const parameters = { temperature: 0.3, thinking: { type: 'disabled' } }
    const azure = 'https://a.example/openai/deployments/d?api-version=2024-10-21'

    const env = {
      OPENAI_PARAMETERS: JSON.stringify(parameters),
      OPENAI_BASE_URL: azure,
      OPENAI_FALLBACK_MODEL: 'n',
      SHOW_REASONING: 'quote',
    }

    expect(worker(env)).toMatchObject({ ...env, OPENAI_PARAMETERS: parameters })
    expect(worker({})).toMatchObject({ SHOW_REASONING: 'hide' })
  })

  it.each([
    [
      'OPENAI_PARAMETERS',
      ['{', '[]', '"a"', 'null', '1', '{"model":"n"}', '{"messages":[]}', '{"stream":false}'],
    ],
    ['OPENAI_BASE_URL', ['a.example?api-version=1', 'https://me:you@a.example', 'ftp://a.example']],
    ['SHOW_REASONING', ['1', 'Quote', 'show']],
    ['NOTICE_CUT', ['x'.repeat(101)]],
    ['NOTICE_WITHHELD', ['x'.repeat(101)]],
  ] as const)('is refused with a malformed %s', (name, values) => {
    for (const value of values) {
      expect(() => worker({ [name]: value }), value).toThrow(new RegExp(`^  ${name} must `, 'm'))
    }
  })

  it('has its key and its questions kept from a plain http URL with a query, too', () => {
    expect(() => worker({ OPENAI_BASE_URL: 'http://a.example/v1?api-version=1' })).toThrow(
      'OPENAI_BASE_URL must begin with https://',
    )
  })
})
