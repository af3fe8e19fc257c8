import { expect, it } from 'vitest'
import type { SourceDelta } from '../../lib/core/conversation/source-delta.ts'
import type { SourceRequest } from '../../lib/core/conversation/source-request.ts'
import { continueTurn, runTurn } from '../../lib/use-cases/run-turn.ts'
import { invocation, turnSettings as settings, turn, turnWorld } from '../support/delivery-world.ts'

const THINKS_MS = 20 * 60_000
const EVERY_MS = 10_000

it('twenty minutes of reasoning, and then the text: answered over several invocations, with nothing shown before', async () => {
  const world = turnWorld()
  const { clock } = world
  const startMs = clock.now()
  const think = async function* (
    { signal, reportLife }: SourceRequest,
    from: number,
  ): AsyncGenerator<SourceDelta, void, undefined> {
    for (let nth = from; nth * EVERY_MS < THINKS_MS; nth += 1) {
      yield { text: '', cursor: String(nth) }
      await clock.sleep(startMs + (nth + 1) * EVERY_MS - clock.now(), signal)
      signal.throwIfAborted()
      reportLife?.()
    }
    yield 'Forty-two.'
  }
  const source = Object.assign((request: SourceRequest) => think(request, 0), {
    resumption: {
      by: 'cursor' as const,
      resume: (request: SourceRequest, cursor: string) => think(request, Number(cursor)),
    },
  })
  let handed = 0
  const queue = {
    continueLater: async () => {
      handed += 1
    },
  }
  const deps = { ...world.deps, source, queue }
  const again = { replyId: turn.replyId, botOf: () => ({ deps, settings }) }

  await world.run(runTurn(deps, settings, turn, invocation(clock)))
  for (let gone = 0; gone < handed; gone += 1) {
    expect(world.text()).toBe('')
    await world.run(continueTurn(deps, settings, again, invocation(clock)))
  }

  expect(world.text()).toBe('Forty-two.')
  expect(world.finished()).toEqual([true])
  expect(handed).toBe(4)
})
