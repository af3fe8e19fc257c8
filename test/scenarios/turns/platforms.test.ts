import { afterEach, describe, expect, it, vi } from 'vitest'
import { DEFAULT_NOTICES } from '../../../lib/core/reply/notice.ts'
import { type PlatformSettings, startPlatformModel } from '../../../local/model/platform-server.ts'
import { closeLater, closeServers } from '../../support/completions.ts'
import { platformEnv, platformKinds } from '../../support/platforms.ts'
import { readTrace, textOf } from '../../support/texts.ts'
import { turnWorlds } from '../../support/turn-world.ts'

const tokens = readTrace('english-60')
const text = textOf(tokens)
const startWorld = turnWorlds()
afterEach(closeServers)

const waits = { timeout: 40_000, interval: 20 } as const

describe.each(platformKinds)("a user's message to a bot of %s", (kind) => {
  const start = async (
    settings: Partial<PlatformSettings> = {},
    env: Readonly<Record<string, string>> = {},
  ) => {
    const platform = closeLater(await startPlatformModel(kind, { tokens, speed: 4, ...settings }))
    const world = await startWorld({ env: { ...platformEnv(kind, platform.url), ...env } })
    const untilFinished = (messages = 1) =>
      vi.waitFor(() => {
        const finished = world.shownTo('user01').filter((message) => message.finished)
        expect(finished).toHaveLength(messages)
      }, waits)
    return { platform, world, untilFinished }
  }

  it('is answered with what the platform says, and the next one in the same conversation', async () => {
    const { platform, world, untilFinished } = await start()

    await world.say('user01', 'first', 1)
    await untilFinished(1)
    world.expectShown('user01', text)
    platform.set({ tokens: [{ t: 0, text: 'Yes.' }] })
    await world.say('user01', 'second', 2)
    await untilFinished(2)

    const [first, second] = platform.requests
    expect(second?.asked).toBe(first?.conversation)
  })

  it('is answered though the platform only shows for a while that it is alive', async () => {
    const { world, untilFinished } = await start(
      { silenceMs: 4_500, pingMs: 500, speed: 50 },
      { SOURCE_TIMEOUT_MS: '3000' },
    )

    await world.say('user01')
    await untilFinished()

    world.expectShown('user01', text)
  })

  it('ends with a notice where the platform breaks off', async () => {
    const { world, untilFinished } = await start({ fault: { kind: 'error-event', after: 40 } })

    await world.say('user01')
    await untilFinished()

    const shown = textOf(tokens.slice(0, 40))
    expect(world.textTo('user01')).toBe(`${shown}\n\n${DEFAULT_NOTICES.failed}`)
  })

  it('ends at Stop, for the platform as well', async () => {
    const { platform, world, untilFinished } = await start({ speed: 1 })
    await world.say('user01')
    await vi.waitFor(() => expect(world.textTo('user01').length).toBeGreaterThan(200), waits)

    await world.pressStop('user01')
    await untilFinished()

    expect(text.startsWith(world.textTo('user01'))).toBe(true)
    await vi.waitFor(() => {
      const [request] = platform.requests
      expect(request?.givenUpAtMs).toBeDefined()
      if (kind === 'dify' || kind === 'coze') expect(request?.stoppedWith).toBeDefined()
    }, waits)
  })
})
