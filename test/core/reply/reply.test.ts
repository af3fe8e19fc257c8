import { expect, test } from 'vitest'
import { mayBecome, type ReplyStatus } from '../../../lib/core/reply/reply.ts'

test('an open reply may end in three ways, an ended one stays as it ended', () => {
  const statuses: ReplyStatus[] = ['open', 'finished', 'interrupted', 'failed']

  const legal = statuses.map((from) => statuses.filter((to) => mayBecome(from, to)))

  expect(legal).toEqual([['open', 'finished', 'interrupted', 'failed'], [], [], []])
})
