import { expect, test } from 'vitest'
import { advanceFence, fenceAround, isInFenceLine, NO_FENCE } from '../../../lib/core/text/fence.ts'

const after = (...texts: string[]) => texts.reduce(advanceFence, NO_FENCE)

test.each([
  ['an open fence', ['```js\ncode'], '```js'],
  ['a fence line that arrives in parts', ['``', '`j', 's\n', 'code'], '```js'],
  ['a closed fence', ['```js\ncode\n```\n'], undefined],
  ['tildes', ['~~~\ncode\n'], '~~~'],
  ['a shorter fence does not close a longer one', ['````md\n```\n'], '````md'],
  ['tildes do not close backticks', ['```\n~~~\n'], '```'],
  ['a fence with a word behind it does not close', ['```\n``` no\n'], '```'],
  ['inline code is not a fence', ['``` a ``` b\n'], undefined],
  ['four spaces are not a fence', ['    ```\n'], undefined],
  ['an opening line that has not ended', ['```js'], undefined],
])('%s', (_, texts, opener) => {
  expect(after(...texts).opener).toBe(opener)
})

test('a fence is closed on a line of its own and reopened as it was', () => {
  expect(fenceAround(after('```js\nx'))).toEqual({ close: '\n```', reopen: '```js\n' })
  expect(fenceAround(after('```js\nx\n'))).toEqual({ close: '```', reopen: '```js\n' })
  expect(fenceAround(after('text'))).toEqual({ close: '', reopen: '' })
})

test('a fence line is known before it ends', () => {
  expect(isInFenceLine(after('text\n``'))).toBe(true)
  expect(isInFenceLine(after('text\n```\n'))).toBe(false)
})

test('very long lines cost no memory', () => {
  expect(after('x'.repeat(100_000)).line.length).toBeLessThan(100)
})
