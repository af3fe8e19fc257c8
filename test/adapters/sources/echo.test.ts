import { describe, expect, it } from 'vitest'
import { echo } from '../../../lib/adapters/sources/echo.ts'
import { ask, aTurn } from '../../support/source-world.ts'
import { virtualClock } from '../../support/virtual-clock.ts'

const heading =
  'This bot repeats what it hears, until `REPLY_SOURCE` gives it a voice. You wrote:\n\n'

describe('echo', () => {
  it('says what it is, then quotes the text, three words every 100 ms', async () => {
    const clock = virtualClock(0)
    const seen: [number, string][] = []
    const turn = { ...aTurn, text: 'One two three four.\nFive, six' }

    await clock.run(
      ask(echo({ clock }), { turn, onDelta: (delta) => seen.push([clock.now(), delta]) }),
    )

    expect(seen).toEqual([
      [0, heading],
      [100, '> One two three'],
      [200, ' four.\n> Five, six'],
    ])
  })

  it.each([
    ['an open code fence', '```js\nlet x', '> ```js\n> let x'],
    ['an empty line', 'a\n\nb', '> a\n> \n> b'],
    ['a leading line end', '\r\na\rb', '> \n> a\n> b'],
    ['no words at all', '👩‍👩‍👧 !', '> 👩‍👩‍👧 !'],
    ['Chinese', '今天天气怎么样？', '> 今天天气怎么样？'],
  ])('keeps %s inside the quotation', async (_, text, quoted) => {
    const clock = virtualClock()

    const reply = await clock.run(ask(echo({ clock }), { turn: { ...aTurn, text } }))

    expect(reply.text).toBe(heading + quoted)
  })

  it('stops at once when nobody wants the rest', async () => {
    const clock = virtualClock(0)
    const stop = new AbortController()
    const turn = { ...aTurn, text: 'word '.repeat(1_000) }
    const onDelta = (): void => {
      if (clock.now() >= 500) stop.abort(new Error('not wanted'))
    }

    const asked = clock.run(ask(echo({ clock }), { turn, signal: stop.signal, onDelta }))

    await expect(asked).rejects.toThrow('not wanted')
    expect([clock.now(), clock.pending()]).toEqual([500, 0])
  })
})
