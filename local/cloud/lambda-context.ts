import { randomUUID } from 'node:crypto'
import type { Context } from 'aws-lambda'

/** The context of an invocation that may last `timeoutMs` from now. */
export const lambdaContext = (functionName: string, timeoutMs: number): Context => {
  const endsAtMs = Date.now() + timeoutMs
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: '256',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(endsAtMs - Date.now(), 0),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  }
}
