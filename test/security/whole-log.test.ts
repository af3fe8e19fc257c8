import { describe, expect, it, vi } from 'vitest'
import type { Fault } from '../../local/simulator/faults.ts'
import { apiToken, callbackToken, modelKey, secretKey } from '../support/known-secrets.ts'
import { awsSecretKey, expectNoneShown } from '../support/local-cloud.ts'
import { turnWorlds } from '../support/turn-world.ts'

const startWorld = turnWorlds()
type World = Awaited<ReturnType<typeof startWorld>>

const question = 'My pin is 47-1-1-08, is it safe?'
const answer = 'Nobody may know a pin, dear swordfish.'
const prompt = 'You are the oracle of the bank.'
const customerKey = 'c0ffee00c0ffee00c0ffee00c0ffee00'
const secrets = [secretKey, customerKey, apiToken, callbackToken, modelKey, awsSecretKey]
const refusal: Fault = {
  kind: 'code',
  code: 10004,
  info: `bad request /v4/x?sdkappid=1&identifier=administrator&usersig=eJw${'x'.repeat(90)}`,
}

/** Everything that can go wrong with a turn, and one that goes right, in one log. */
const playScenario = async (env: Readonly<Record<string, string>> = {}): Promise<World> => {
  let fault: Fault | undefined
  const world = await startWorld({
    faults: () => fault,
    model: { tokens: [...answer].map((text, t) => ({ t: t * 5, text })) },
    env: { HISTORY_TURNS: '5', SYSTEM_PROMPT: prompt, ...env },
  })
  let n = 0
  const turn = async (): Promise<void> => {
    n += 1
    await world.say('alice', question, n)
    const ended = () => world.log().filter((line) => line.includes('"turn-answered"'))
    await vi.waitFor(() => expect(ended()).toHaveLength(n), { timeout: 25_000, interval: 20 })
  }
  await turn()
  for (const status of [400, 401, 500]) {
    world.model.set({ fault: { kind: 'status', status } })
    await turn()
  }
  world.model.set({ fault: { kind: 'error-event', after: 5 } })
  await turn()
  world.model.set({ fault: { kind: 'none' } })
  fault = refusal
  await turn()
  return world
}

const wrongKey = { CHAT_SECRET_KEY: customerKey }

describe('the whole log', () => {
  it.each([
    ['turns that fail in every way', {}],
    ['a wrong key', wrongKey],
  ])('of %s has neither a secret nor a text of anybody', async (_name, env) => {
    const world = await playScenario(env)

    expect(
      world.model.requests.some(({ authorization }) => authorization?.includes(modelKey)),
    ).toBe(true)
    expectNoneShown(world.log(), [...secrets, '47-1-1-08', 'swordfish', 'oracle', 'alice'])
    const events = world.log().map((line) => JSON.parse(line).message)
    expect(events).toContain('refused')
    expect(events).not.toContain('chunk')
  })

  it('has the text of answers in its "chunk" lines where LOG_TEXT is 1, and nowhere else', async () => {
    const world = await playScenario({ LOG_TEXT: '1' })

    const lines = world.log().map((line) => JSON.parse(line))
    const shown = lines.filter(({ message }) => message === 'chunk')
    const others = lines.filter(({ message }) => message !== 'chunk')
    expect(shown.map(({ text }) => text).join('')).toContain(answer)
    expectNoneShown(world.log(), [...secrets, '47-1-1-08', 'oracle'])
    expect(JSON.stringify(others)).not.toContain('swordfish')
  })
})
