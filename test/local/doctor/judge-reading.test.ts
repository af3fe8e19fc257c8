import { expect, test } from 'vitest'
import { judgeProbes } from '../../../local/doctor/judge-probes.ts'
import type { Observations } from '../../../local/doctor/observations.ts'
import { recommend } from '../../../local/doctor/recommend.ts'
import type { Sight } from '../../../local/doctor/sight.ts'
import { defaults } from '../../support/doctor-world.ts'

const shown = (changes: Partial<Extract<Sight, { kind: 'shown' }>> = {}): Sight => ({
  kind: 'shown',
  text: 'ab',
  chunks: ['a', 'b'],
  finished: false,
  marker: 2,
  underItsKey: true,
  afterMs: 80,
  ...changes,
})

const seen = (open: Sight, changes: Partial<Observations['growing']> = {}): Observations => ({
  growing: {
    sent: ['a', 'b', 'c'],
    open,
    finished: shown({ text: 'abc', finished: true }),
    renamed: false,
    ...changes,
  },
  leftOpen: [],
})

const findingsOf = (observations: Observations) =>
  new Map(judgeProbes(observations, defaults).map((finding) => [finding.id, finding]))

test('a text that appears only after the program has looked is told, though no setting helps', () => {
  const late = findingsOf(seen(shown({ afterMs: 4_000 }))).get('read-back')

  expect(findingsOf(seen(shown({ afterMs: 3_200 }))).get('read-back')?.verdict).toBe('right')
  expect(late).toMatchObject({
    verdict: 'wrong',
    so: 'Its text appears only 4000 ms after the call.',
  })
})

test('a message that does not show all of its text cannot be relied on', () => {
  const observations = seen(shown({ text: 'a' }))

  expect(findingsOf(observations).get('read-back')).toMatchObject({ verdict: 'wrong' })
  expect(recommend(observations, defaults)).toMatchObject([{ name: 'IN_DOUBT', value: 'resend' }])
})

test('reading whose answer is lost says nothing', () => {
  const lost = { kind: 'unreadable', answer: { kind: 'lost', detail: 'No answer.' } } as const

  expect(findingsOf(seen(lost)).get('read-back')?.verdict).toBe('unknown')
  expect(recommend(seen(lost), defaults)).toEqual([])
})

test('a key that changes with each chunk is told', () => {
  const { heard } = findingsOf(seen(shown(), { renamed: true })).get('key-time') ?? {}

  expect(heard).toContain('The second answer names another MsgKey.')
})

test('a marker that nobody knows is told as it is', () => {
  expect(findingsOf(seen(shown({ marker: 3 }))).get('marker')).toMatchObject({
    verdict: 'unknown',
    heard: 'chatbotPlugin 3',
  })
})
