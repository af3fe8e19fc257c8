import { describe, expect, it, vi } from 'vitest'
import { DEFAULT_TURN_NOTICES } from '../../lib/core/conversation/turn-notices.ts'
import { turnWorlds } from '../support/turn-world.ts'

const startWorld = turnWorlds()
const waits = { timeout: 60_000, interval: 50 } as const

describe('a user who sends a hundred messages at once', () => {
  it('is answered ten messages, one after the other, and that it was too much; nobody else waits', async () => {
    const world = await startWorld({
      engine: 'auto',
      workers: 0,
      model: { tokens: [{ t: 0, text: 'An answer.' }] },
    })
    for (let n = 1; n <= 100; n += 1) await world.say('flooder', `message ${n}`, n)
    await world.say('other', 'And me?')

    world.poll({ concurrency: 2 })
    await vi.waitFor(() => expect(world.shownTo('flooder')).toHaveLength(100), waits)
    await vi.waitFor(() => expect(world.shownTo('flooder').at(-1)?.finished).toBe(true), waits)

    const questions = world.model.requests.map(({ messages }) => JSON.stringify(messages))
    const asked = questions.filter((question) => question.includes('message '))
    expect(asked).toEqual(
      Array.from({ length: 10 }, (_, n) => `[{"role":"user","content":"message ${n + 1}"}]`),
    )
    const shown = world.shownTo('flooder').map(({ text }) => text)
    expect(shown.filter((text) => text === 'An answer.')).toHaveLength(10)
    expect(shown.filter((text) => text === DEFAULT_TURN_NOTICES.busy)).toHaveLength(90)
    const before = questions.slice(
      0,
      questions.findIndex((question) => question.includes('And me?')),
    )
    expect(world.textTo('other')).toBe('An answer.')
    expect(before.length).toBeLessThan(50)
    expect(world.chat.rules.violations).toEqual([])
  }, 120_000)
})
