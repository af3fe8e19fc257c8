/** Turns of many conversations on their way from the queue to workers. */
export interface BatchingWorld {
  readonly turnsPerSecond: number
  /** How long a batch that has begun waits for more turns. */
  readonly windowMs: number
  /** How long an answer takes. */
  readonly seconds: number
  readonly batchSize: number
  /** Workers at the same time; further turns wait in the queue. */
  readonly mostWorkers: number
  readonly turns: number
  /** In [0, 1). */
  readonly random: () => number
}

export interface Batching {
  readonly turnsPerWorker: number
  /** How long a turn waits for its worker, the window included, on average. */
  readonly waitMs: number
}

/**
 * Plays turns that come at random moments, as AWS documents its queues: a batch goes to a worker when it is full or its window
 * is over, at once without one; where all workers are busy it waits, and takes along what has come by then. The answers of a
 * batch start together, and its worker is busy until the last has ended.
 */
export const simulateBatching = (world: BatchingWorld): Batching => {
  const { windowMs, seconds, batchSize, mostWorkers, turns } = world
  const atMs = arrivals(world)
  const freeAtMs = new Array<number>(mostWorkers).fill(0)
  let batches = 0
  let waitedMs = 0
  for (let first = 0; first < turns; batches += 1) {
    const begunMs = atMs[first] ?? 0
    const fullMs = atMs[first + batchSize - 1] ?? Number.POSITIVE_INFINITY
    const worker = freeAtMs.indexOf(Math.min(...freeAtMs))
    const startMs = Math.max(Math.min(begunMs + windowMs, fullMs), freeAtMs[worker] ?? 0)
    const size = atMs.slice(first, first + batchSize).filter((ms) => ms <= startMs).length
    for (const ms of atMs.slice(first, first + size)) waitedMs += startMs - ms
    freeAtMs[worker] = startMs + seconds * 1_000
    first += size
  }
  return { turnsPerWorker: turns / batches, waitMs: waitedMs / turns }
}

const arrivals = ({ turns, turnsPerSecond, random }: BatchingWorld): readonly number[] => {
  let ms = 0
  return Array.from({ length: turns }, () => {
    ms += (-Math.log(1 - random()) * 1_000) / turnsPerSecond
    return ms
  })
}
