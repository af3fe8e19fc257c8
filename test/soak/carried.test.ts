import { expect, it } from 'vitest'
import { DEFAULT_NOTICES } from '../../lib/core/reply/notice.ts'
import { waysToRead } from './carried.ts'

const { failed } = DEFAULT_NOTICES
const read = (messages: readonly string[], text: string) =>
  waysToRead(messages, text, DEFAULT_NOTICES)

it('reads a whole text over several messages, with a fence closed and reopened between them', () => {
  const text = 'Look:\n```js\na()\nb()\n```\nDone.'

  const ways = read(['Look:\n```js\na()\n```', '```js\nb()\n```\nDone.'], text)

  expect(ways).toContainEqual({ chars: text.length, notice: 'none' })
})

it('reads the beginning of a text with a notice behind it', () => {
  expect(read([`one two\n\n${failed}`], 'one two three')).toEqual([{ chars: 7, notice: 'failed' }])
})

it('reads a notice alone as nothing of the text', () => {
  expect(read([failed], 'one')).toEqual([{ chars: 0, notice: 'failed' }])
})

it.each([
  ['a repeated part', ['one one two'], 'one two'],
  ['a missing part', ['one three'], 'one two three'],
  ['parts in the wrong order', ['two ', 'one '], 'one two '],
  ['the text of another', ['one', 'uno'], 'one two'],
])('cannot read %s', (_, messages, text) => {
  expect(read(messages, text)).toEqual([])
})
