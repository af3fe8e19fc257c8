import { expect, test } from 'vitest'
import { hasEnded, isSameConversation } from '../../../lib/core/reply/reply.ts'

test('two conversations are the same where bot and user are', () => {
  const one = { from: '@RBT#bot', to: 'user' }

  expect(isSameConversation(one, { ...one })).toBe(true)
  expect(isSameConversation(one, { ...one, to: 'other' })).toBe(false)
  expect(isSameConversation(one, { ...one, from: '@RBT#other' })).toBe(false)
})

test('a reply has ended in every status but open', () => {
  const statuses = ['open', 'finished', 'interrupted', 'failed'] as const

  expect(statuses.map(hasEnded)).toEqual([false, true, true, true])
})
