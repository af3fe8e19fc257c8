import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { bot, user } from '../support/replies-world.ts'
import { pushing, type Replies, serviceWorlds } from '../support/service-world.ts'
import { cutInto, shuffled, traceText } from '../support/texts.ts'

const startWorld = serviceWorlds()

const to = { from: bot, to: user }

/** A short answer in 40 chunks, the last one with `finish`. */
const text = traceText('english-60')
const pushes = cutInto(text, 40).map((part, seq) => ({
  seq,
  text: part,
  finish: seq === 39,
  ...(seq === 0 ? to : {}),
}))

/** Spread over as much time as a model takes for a short answer. */
const soon = () => setTimeout(Math.random() * 1_500)

describe('forty chunks of one reply that come at once', () => {
  it.for([
    ['each to a sandbox of its own', 1],
    ['each to two sandboxes', 2],
  ] as const)('are sent once, in order, and merged: %s', async ([, deliveries], { annotate }) => {
    const world = await startWorld({ engine: 'auto', latencyMs: 40, env: { MIN_GAP_MS: '200' } })
    const requests = shuffled(Array.from({ length: deliveries }, () => pushes).flat())
    const sandboxes: Replies[] = []
    for (const _ of requests) sandboxes.push(await world.replies())

    const answers = await Promise.all(
      requests.map(async (push, index) => {
        await soon()
        return pushing(sandboxes[index] as Replies)(push)
      }),
    )

    expect(answers.filter(({ status }) => status !== 200 && status !== 202)).toEqual([])
    world.expectShown(user, text)
    expect(await sandboxes[0]?.get('reply-1')).toMatchObject({
      body: { status: 'finished', sentSeq: 39 },
    })
    const starts = world.sends().map(({ startedAtMs }) => startedAtMs)
    const gaps = starts.slice(1, -1).map((start, index) => start - (starts[index] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThan(170)
    expect(starts.length).toBeLessThan(25)
    await annotate(`${requests.length} requests, ${starts.length} calls`)
  })
})
