import { expect, test } from 'vitest'
import { readAwsError } from '../../../lib/adapters/aws/aws-error.ts'

const nameOf = (type: string) => readAwsError('DynamoDB', { status: 400, type, text: '{}' }).name

test.each([
  ['ThrottlingException', 'ThrottlingException'],
  ['com.amazonaws.dynamodb.v20120810#ThrottlingException', 'ThrottlingException'],
  ['ThrottlingException:http://internal.amazon.com/coral/', 'ThrottlingException'],
  ['AWS.SimpleQueueService.NonExistentQueue', 'AWS.SimpleQueueService.NonExistentQueue'],
  ['', 'Http400'],
  ['no name', 'Http400'],
  [`${'A'.repeat(100_000)}!`, 'Http400'],
])('the type %.60s is called %s', (type, name) => {
  expect(nameOf(type)).toBe(name)
})
