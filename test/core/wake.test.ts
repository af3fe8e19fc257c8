import { beforeEach, describe, expect, it } from 'vitest'
import { createWake, type Wake } from '../../lib/core/wake.ts'

interface Sleep {
  readonly ms: number
  readonly signal: AbortSignal | undefined
  readonly end: () => void
}

let sleeps: Sleep[]
let wake: Wake
beforeEach(() => {
  sleeps = []
  wake = createWake({
    sleep: (ms, signal) => new Promise((end) => void sleeps.push({ ms, signal, end })),
  })
})

/** Whether a wait is over once everything that can happen at once has happened. */
const watch = (waiting: Promise<void>) => {
  let isOver = false
  void waiting.then(() => {
    isOver = true
  })
  return async () => {
    await new Promise((settled) => setImmediate(settled))
    return isOver
  }
}

describe('a loop that waits', () => {
  it('goes on at a ring, and its timer is given up', async () => {
    const isOver = watch(wake.wait(500))
    expect(await isOver()).toBe(false)

    wake.ring()

    expect(await isOver()).toBe(true)
    expect(sleeps).toMatchObject([{ ms: 500, signal: { aborted: true, reason: 'over' } }])
  })

  it('goes on when its time is over', async () => {
    const isOver = watch(wake.wait(500))

    sleeps[0]?.end()

    expect(await isOver()).toBe(true)
  })

  it('waits without a timer where no time is given', async () => {
    const isOver = watch(wake.wait())

    expect(await isOver()).toBe(false)
    expect(sleeps).toEqual([])
  })

  it('goes on at once for a ring that nobody waited for, which counts once', async () => {
    wake.ring()
    wake.ring()

    expect(await watch(wake.wait())()).toBe(true)
    expect(sleeps).toEqual([])
    expect(await watch(wake.wait())()).toBe(false)
  })

  it('does not hear of text where it waits for something else, and hears of that', async () => {
    const isOver = watch(wake.wait(500, 'allButText'))

    wake.ringForText()
    expect(await isOver()).toBe(false)
    wake.ring()
    expect(await isOver()).toBe(true)
  })

  it('hears of text otherwise, also after it did not', async () => {
    const deaf = watch(wake.wait(500, 'allButText'))
    wake.ring()
    expect(await deaf()).toBe(true)

    const isOver = watch(wake.wait(500))
    wake.ringForText()
    expect(await isOver()).toBe(true)
  })

  it('finds a ring for text that came while nobody waited', async () => {
    wake.ringForText()

    expect(await watch(wake.wait(500))()).toBe(true)
  })
})
