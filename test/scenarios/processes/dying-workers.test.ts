import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DEFAULT_NOTICES } from '../../../lib/core/reply/notice.ts'
import type { ModelFault } from '../../../local/model/events.ts'
import { printFigure } from '../../support/figures.ts'
import { bundleFunction, startFunction } from '../../support/packaged-service.ts'
import type { PollOptions } from '../../support/queue-poller.ts'
import { breaksOff } from '../../support/shown-text.ts'
import { readTrace, textOf } from '../../support/texts.ts'
import { turnWorlds } from '../../support/turn-world.ts'

const LEASE_MS = 2_000
const text = textOf(readTrace('english-60'))
const silentTo =
  (user: number) =>
  (request: number): ModelFault =>
    request === user ? { kind: 'never-starts' } : { kind: 'none' }

const startWorld = turnWorlds()
let bundle: Awaited<ReturnType<typeof bundleFunction>>
beforeAll(async () => {
  bundle = await bundleFunction('worker')
})
afterAll(() => bundle.remove())

type World = Awaited<ReturnType<typeof startWorld>>

/** Workers that are processes of their own, one for each invocation under way. */
const startWorkers = ({ env, endings, poll }: World) => {
  const running = new Set<ReturnType<typeof startFunction>>()
  const handler: PollOptions['handler'] = async (event) => {
    const started = startFunction(bundle.handlerPath, { ...env, POWERTOOLS_LOG_LEVEL: 'SILENT' })
    running.add(started)
    try {
      return await started.invoke(event)
    } finally {
      running.delete(started)
      await started.stop()
    }
  }
  endings.push(() => {
    for (const { signal } of running) signal('SIGKILL')
  })
  poll({ handler, concurrency: 3 })
  return {
    /** Ends every worker under way as the platform does when it has had enough of one. */
    kill: () => {
      const killed = running.size
      for (const { signal } of running) signal('SIGKILL')
      return killed
    },
  }
}

describe('workers that are killed', () => {
  it('are followed: what users saw is closed with the notice, what nobody saw is answered anew, and the next turn is answered', async () => {
    const world = await startWorld({
      workers: 0,
      latencyMs: 40,
      engine: 'auto',
      env: { LEASE_MS: `${LEASE_MS}` },
      model: { fault: silentTo(1) },
    })
    const workers = startWorkers(world)
    const waits = { timeout: 60_000, interval: 50 } as const
    const finished = (user: string) => world.shownTo(user).filter((message) => message.finished)
    await world.say('reading', 'first', 1)
    await vi.waitFor(() => expect(world.textTo('reading').length).toBeGreaterThan(60), waits)
    await world.say('waiting', 'first', 1)
    await vi.waitFor(() => expect(world.model.requests).toHaveLength(2), waits)

    expect(workers.kill()).toBe(2)
    const killedAtMs = Date.now()
    await world.say('reading', 'second', 2)
    await vi.waitFor(() => expect(finished('reading')).toHaveLength(1), waits)
    const closedAfterMs = Date.now() - killedAtMs
    await vi.waitFor(() => expect(finished('reading')).toHaveLength(2), waits)
    await vi.waitFor(() => expect(finished('waiting')).toHaveLength(1), waits)

    const [broken, next] = world.shownTo('reading')
    expect(breaksOff(broken?.text ?? '', text, DEFAULT_NOTICES.failed)).toBe(true)
    expect(next?.text).toBe(text)
    world.expectShown('waiting', text)
    expect(closedAfterMs).toBeLessThan(LEASE_MS + 30_000)
    printFigure(
      `killed workers: the message they had begun was closed after ${closedAfterMs} ms, with a lease of ${LEASE_MS} ms`,
    )
  })
})
