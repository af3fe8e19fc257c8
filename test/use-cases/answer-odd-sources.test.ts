import { expect, test } from 'vitest'
import { DEFAULT_NOTICES } from '../../lib/core/reply/notice.ts'
import type { ReplySource } from '../../lib/ports.ts'
import { turnSettings, turnWorld } from '../support/delivery-world.ts'

test('a source that fails before it gives anything ends the answer with a notice', async () => {
  const world = turnWorld()
  const source: ReplySource = () => {
    throw new Error('no such model')
  }

  const outcome = await world.answer({ source })

  expect(outcome).toMatchObject({
    done: true,
    receipt: { status: 'failed', failure: { reason: 'source-failed' } },
  })
  expect(world.text()).toBe(DEFAULT_NOTICES.failed)
  expect(world.finished()).toEqual([true])
})

test.each([
  ['without ever waiting', 0],
  ['every 100 ms', 100],
])('a source that gives deltas without text for ever, %s, is silent', async (_, everyMs) => {
  const world = turnWorld()
  const startMs = world.clock.now()
  const source: ReplySource = () =>
    (async function* () {
      for (;;) {
        yield ''
        if (everyMs > 0) await world.clock.sleep(everyMs)
      }
    })()

  const outcome = await world.answer({ source })

  expect(outcome).toMatchObject({ receipt: { failure: { reason: 'source-failed' } } })
  expect(world.clock.now() - startMs).toBeLessThan(turnSettings.sourceTimeoutMs + 1_000)
  expect(world.finished()).toEqual([true])
})

test('deltas without text do not end a source that reports that it lives', async () => {
  const world = turnWorld()
  const source: ReplySource = ({ reportLife }) =>
    (async function* () {
      for (let second = 0; second < 60; second += 1) {
        yield ''
        reportLife?.()
        await world.clock.sleep(1_000)
      }
      yield 'At last.'
    })()

  const outcome = await world.answer({ source })

  expect(outcome).toMatchObject({ receipt: { status: 'finished' } })
  expect(world.text()).toBe('At last.')
})
