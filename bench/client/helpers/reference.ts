import { setTimeout as wait } from 'node:timers/promises'
import type { Helper } from '../job.ts'
import { sendChunk } from '../send-chunk.ts'

/**
 * The bar: one call in flight, the first text at once, a least gap counted from a call's start, the closing flag on the last
 * chunk, for which one character is kept in hand. Knows nothing of clusters, sizes, faults or budgets.
 */
export const helper: Helper =
  async (url, { gapMs = 0 }) =>
  async (to) =>
  (deltas) =>
    stream(url, to, gapMs, deltas)

const stream = async (url: string, to: string, gapMs: number, deltas: AsyncIterable<string>) => {
  const source = readAhead(deltas)
  let key: { readonly MsgKey?: string } = {}
  for (let last = false; !last; ) {
    await source.hasMore()
    last = source.ended
    const text = last ? source.pending : source.pending.slice(0, -1)
    source.pending = source.pending.slice(text.length)
    const gap = wait(gapMs)
    const body = { To_Account: to, Chunk: text, ...(last ? { Finish: 1 } : {}), ...key }
    key = { MsgKey: await sendChunk(url, body) }
    if (!last) await Promise.race([gap, source.whole])
  }
  await source.whole
}

const readAhead = (deltas: AsyncIterable<string>) => {
  let more = () => {}
  const source = {
    pending: '',
    ended: false,
    whole: Promise.resolve(),
    async hasMore() {
      if (source.ended || source.pending.length > 1) return
      await new Promise<void>((resolve) => {
        more = resolve
      })
    },
  }
  const read = async () => {
    for await (const delta of deltas) {
      source.pending += delta
      if (source.pending.length > 1) more()
    }
  }
  source.whole = read().finally(() => {
    source.ended = true
    more()
  })
  source.whole.catch(() => {})
  return source
}
