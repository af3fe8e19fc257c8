import { afterEach, describe, expect, it, vi } from 'vitest'
import { startSecrets } from '../support/local-cloud.ts'
import { repliesWorlds } from '../support/replies-world.ts'

const stolen = 'stolen-token-one-11'
const next = 'next-token-two-22'
const startWorld = repliesWorlds([stolen, next])

/** What a request for a reply that is not there is answered, once it was let in. */
const LET_IN = 404

/** One sandbox whose token comes from a secret that can be changed. */
const startSandbox = async (tokens: string) => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const contentOf = (list: string) => JSON.stringify({ REPLIES_API_TOKEN: list })
  let secrets = await startSecrets(contentOf(tokens))
  const port = Number(new URL(secrets.endpoint).port)
  const world = await startWorld({
    env: {
      REPLIES_API_TOKEN: undefined,
      SECRETS_NAME: 'chat/dev',
      AWS_ENDPOINT_URL: secrets.endpoint,
    },
  })
  return {
    timesRead: () => secrets.asked.length,
    statusWith: async (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      return (await world.ask({ method: 'GET', path: '/replies/none', headers })).status
    },
    /** Changes the secret, and lets a minute pass. */
    change: async (list: string) => {
      await secrets.close()
      secrets = await startSecrets(contentOf(list), port)
      vi.setSystemTime(Date.now() + 60_000)
    },
    stop: () => secrets.close(),
  }
}

afterEach(() => vi.useRealTimers())

describe('a stolen token of the replies API', () => {
  it('is replaced while nobody is refused: both are taken until the old one goes', async () => {
    const sandbox = await startSandbox(stolen)
    expect(await sandbox.statusWith(stolen)).toBe(LET_IN)

    await sandbox.change(`${next},${stolen}`)

    expect(await sandbox.statusWith(stolen)).toBe(LET_IN)
    expect(await sandbox.statusWith(next)).toBe(LET_IN)
    expect(await sandbox.statusWith(stolen)).toBe(LET_IN)
    await sandbox.stop()
  })

  it('is refused by every new sandbox once it is out of the secret', async () => {
    const sandbox = await startSandbox(next)

    expect(await sandbox.statusWith(next)).toBe(LET_IN)
    expect(await sandbox.statusWith(stolen)).toBe(401)
    await sandbox.stop()
  })

  it('is refused by a sandbox that knew it as soon as that looks again', async () => {
    const sandbox = await startSandbox(`${next},${stolen}`)
    expect(await sandbox.statusWith(stolen)).toBe(LET_IN)

    await sandbox.change(next)
    expect(await sandbox.statusWith('a-guess')).toBe(401)

    expect(await sandbox.statusWith(stolen)).toBe(401)
    expect(await sandbox.statusWith(next)).toBe(LET_IN)
    await sandbox.stop()
  })
})

describe('a guessed token', () => {
  it('makes a sandbox read the secret again once in ten seconds, and not more often', async () => {
    const sandbox = await startSandbox(next)
    expect(await sandbox.statusWith(next)).toBe(LET_IN)

    for (let n = 0; n < 5; n += 1) expect(await sandbox.statusWith(`guess-${n}`)).toBe(401)
    expect(sandbox.timesRead()).toBe(1)
    vi.setSystemTime(Date.now() + 10_000)
    for (let n = 0; n < 5; n += 1) expect(await sandbox.statusWith(`guess-${n}`)).toBe(401)

    expect(sandbox.timesRead()).toBe(2)
    await sandbox.stop()
  })
})
