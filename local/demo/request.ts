import { randomBytes, randomUUID } from 'node:crypto'
import type { APIGatewayProxyResult } from 'aws-lambda'
import { httpApiEvent } from '../cloud/http-event.ts'
import { lambdaContext } from '../cloud/lambda-context.ts'
import type { DemoOptions, Token } from './options.ts'

const FUNCTION_TIMEOUT_MS = 29_000
const token = randomBytes(16).toString('hex')

/** Starts the function cold, in this environment, and returns a way to send it requests through API Gateway's eyes. */
export const startReplies = async (env: Readonly<Record<string, string>>, verbose: boolean) => {
  Object.assign(process.env, env, {
    REPLIES_API_TOKEN: token,
    ...(verbose ? {} : { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' }),
  })
  const { handler } = await import('../../handlers/replies.ts')
  return (method: string, path: string, body?: unknown): Promise<APIGatewayProxyResult> => {
    const event = httpApiEvent({
      method,
      path,
      host: '127.0.0.1',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      nowMs: Date.now(),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return handler(event, lambdaContext('replies', FUNCTION_TIMEOUT_MS))
  }
}

export type SendRequest = Awaited<ReturnType<typeof startReplies>>

/** Asks for one reply whose text appears at a typing pace; the answer comes with its end. */
export const postText = (send: SendRequest, { from, to, text }: DemoOptions) =>
  send('POST', '/replies', { from, to, text, charsPerSecond: 160 })

/** Pushes each token when its time has come, without waiting for answers, as a streaming bot does. */
export const pushTokens = async (
  send: SendRequest,
  { from, to }: DemoOptions,
  tokens: readonly Token[],
): Promise<APIGatewayProxyResult> => {
  const path = `/replies/${randomUUID()}`
  const startMs = Date.now()
  const push = async ({ t, text }: Token, seq: number) => {
    await new Promise((resolve) => setTimeout(resolve, startMs + t - Date.now()))
    const finish = seq === tokens.length - 1
    return send('POST', `${path}/chunks`, { seq, text, finish, ...(seq === 0 ? { from, to } : {}) })
  }
  const answers = await Promise.all(tokens.map(push))
  return answers.find(({ statusCode }) => statusCode >= 300) ?? send('GET', path)
}
