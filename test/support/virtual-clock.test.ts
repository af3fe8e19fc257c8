import { describe, expect, it } from 'vitest'
import { virtualClock } from './virtual-clock.ts'

describe('virtualClock', () => {
  it('wakes sleepers in the order of their times, equal ones in the order in which they began', async () => {
    const clock = virtualClock(0)
    const woken: string[] = []
    const sleeper = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms)
      woken.push(`${name} at ${clock.now()}`)
    }

    await clock.run(Promise.all([sleeper('a', 20), sleeper('b', 10), sleeper('c', 20)]))

    expect(woken).toEqual(['b at 10', 'a at 20', 'c at 20'])
    expect(clock.pending()).toBe(0)
  })

  it('lets everything come to rest before time goes on', async () => {
    const clock = virtualClock(0)
    const chain = async (): Promise<number> => {
      for (let i = 0; i < 50; i++) await Promise.resolve()
      return clock.now()
    }
    void clock.sleep(1000)

    expect(await clock.run(chain())).toBe(0)
    expect(clock.pending()).toBe(1)
  })

  it('ends a sleep at once when its signal aborts', async () => {
    const clock = virtualClock(0)
    const call = new AbortController()
    const slept = clock.sleep(1000, call.signal)

    call.abort()
    await clock.run(slept)

    expect(clock.now()).toBe(0)
    expect(clock.pending()).toBe(0)
  })

  it('hands on the rejection of what it runs', async () => {
    const clock = virtualClock()
    const failing = clock.sleep(5).then(() => Promise.reject(new Error('broken')))

    await expect(clock.run(failing)).rejects.toThrow('broken')
  })

  it('says so when nothing is left to wait for', async () => {
    const clock = virtualClock(0)

    await expect(clock.run(new Promise(() => {}))).rejects.toThrow('Nothing sleeps at 0 ms')
  })
})
