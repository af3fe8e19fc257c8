import type { IncomingMessage } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AwsError } from '../../../lib/adapters/aws/aws-error.ts'
import { awsJsonClient } from '../../../lib/adapters/aws/aws-json-client.ts'
import { signPost } from '../../../lib/adapters/aws/aws-signature.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import { serveOn } from '../../support/serve-on.ts'

const nowMs = Date.UTC(2024, 0, 31, 23, 59, 59)
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'secret-of-test',
  sessionToken: 'token-of-test',
}

interface Seen {
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly port: number | undefined
}
/** `hangUp` breaks the connection; `silence` never answers. */
type Answer = { readonly status: number; readonly body: string } | 'hangUp' | 'silence'

const startService = async (answers: readonly Answer[]) => {
  const seen: Seen[] = []
  const { url, close } = await serveOn(async (request, response) => {
    const body = await readText(request)
    const answer = answers[Math.min(seen.length, answers.length - 1)] ?? 'hangUp'
    seen.push({ headers: request.headers, body, port: request.socket.remotePort })
    if (answer === 'hangUp') request.socket.destroy()
    else if (answer !== 'silence') response.writeHead(answer.status).end(answer.body)
  })
  onTestFinished(close)

  const sleeps: number[] = []
  const clock = {
    now: () => nowMs,
    sleep: async (ms: number) => {
      sleeps.push(ms)
    },
  }
  const call = awsJsonClient({
    service: 'dynamodb',
    region: 'eu-central-1',
    credentials,
    endpoint: url,
    clock,
    random: () => 0.5,
    timeoutMs: 100,
  })
  return { call, seen, sleeps, host: new URL(url).host }
}

const good: Answer = { status: 200, body: '{"Item":{}}' }
const refusal = (name: string, message = 'no'): Answer => ({
  status: 400,
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }),
})
const errorOf = async (promise: Promise<unknown>): Promise<Error> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Error)) throw new Error('The call was expected to fail.')
  return error
}

describe('signPost', () => {
  it('signs every header that matters, as of the time that it is given', () => {
    const signed = signPost(
      { service: 'dynamodb', region: 'eu-central-1' },
      credentials,
      {
        url: new URL('https://dynamodb.eu-central-1.amazonaws.com/'),
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'T.Op' },
        body: '{"text":"夕日 🌅"}',
      },
      nowMs,
    )

    expect(signed).toMatchObject({
      host: 'dynamodb.eu-central-1.amazonaws.com',
      'x-amz-date': '20240131T235959Z',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=[^/]+\/20240131\/eu-central-1\/dynamodb\/aws4_request, SignedHeaders=[a-z0-9;-]*host;[a-z0-9;-]*x-amz-target, Signature=[0-9a-f]{64}$/,
      ),
    })
  })
})

describe('awsJsonClient', () => {
  it('posts a signed body and returns the parsed answer', async () => {
    const { call, seen } = await startService([good])

    const answer = await call('DynamoDB_20120810.GetItem', { TableName: 'replies' })

    expect(answer).toEqual({ Item: {} })
    expect(seen[0]?.body).toBe('{"TableName":"replies"}')
    expect(seen[0]?.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.GetItem',
      'x-amz-date': '20240131T235959Z',
      'x-amz-security-token': 'token-of-test',
      authorization: expect.stringContaining('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240131/'),
    })
  })

  it('uses one connection for calls that follow one another', async () => {
    const { call, seen } = await startService([good])

    for (let i = 0; i < 3; i += 1) await call('T.Op', {})

    expect(new Set(seen.map(({ port }) => port)).size).toBe(1)
  })

  it('throws what the service says under its short name, at once', async () => {
    const { call, seen } = await startService([refusal('ConditionalCheckFailedException')])

    const error = await errorOf(call('T.Op', {}))

    expect(error).toBeInstanceOf(AwsError)
    expect(error).toMatchObject({ name: 'ConditionalCheckFailedException', status: 400 })
    expect(seen).toHaveLength(1)
  })

  it.each<[string, Answer]>([
    ['throttling', refusal('ProvisionedThroughputExceededException')],
    ['a transaction in progress', refusal('TransactionInProgressException')],
    ['a server error', { status: 500, body: '<html>' }],
    ['an answer that is no JSON', { status: 200, body: '<html>' }],
    ['a broken connection', 'hangUp'],
    ['silence', 'silence'],
  ])('tries again after %s', async (_, first) => {
    const { call, seen, sleeps } = await startService([first, good])

    const answer = await call('T.Op', {})

    expect(answer).toEqual({ Item: {} })
    expect(seen).toHaveLength(2)
    expect(sleeps).toEqual([25])
  })

  it('waits longer each time, and says what is out of reach after the last try', async () => {
    const { call, seen, sleeps } = await startService([refusal('ThrottlingException', 'too fast')])

    const error = await errorOf(call('T.Op', {}))

    expect(error).toBeInstanceOf(OutOfReach)
    expect(error.message).toBe(
      'store out of reach: T.Op answered ThrottlingException (400) too fast, tried 4 times',
    )
    expect(seen).toHaveLength(4)
    expect(sleeps).toEqual([25, 50, 100])
  })

  it('ends with the reason of the signal that aborts it', async () => {
    const { call, seen } = await startService(['silence'])
    const caller = new AbortController()

    const failure = errorOf(call('T.Op', {}, caller.signal))
    setTimeout(() => caller.abort(new Error('the invocation ends')), 20)

    expect((await failure).message).toBe('the invocation ends')
    expect(seen).toHaveLength(1)
  })

  it('shows no credential when the service shows the signed request', async () => {
    const said = `Token token-of-test of AKIDEXAMPLE is wrong\nPOST\n/\nx-amz-security-token:token-of-test`
    const { call } = await startService([refusal('InvalidSignatureException', said)])

    const error = await errorOf(call('T.Op', {}))

    expect(error.message).toBe(
      'T.Op answered InvalidSignatureException (400) Token … of … is wrong',
    )
  })
})
