import type { ChatApi, Clock, ReplyStore } from '../../lib/ports.ts'
import type { WriterDeps } from '../../lib/reply/writer-deps.ts'
import { eachMethod } from './each-method.ts'

/** A process that dies at a chosen await and does nothing from then on. */
export interface MortalProcess {
  readonly deps: WriterDeps
  /** Resolves when it dies. */
  readonly death: Promise<void>
  /** How many awaits it has reached. */
  awaits(): number
}

/** Dies so many awaits after one of its chunks was sent, or after that chunk's answer came. */
export interface DeathByChunk {
  /** Counts the chunks that the process sends from 0. */
  readonly chunk: number
  readonly after: 'call' | 'answer'
  readonly awaits: number
}

const forever = new Promise<never>(() => {})

/**
 * The same ports for a process that dies at await number `dies`: an even one is before the outside has heard of the call,
 * an odd one after it has acted on it, with nobody left to hear the answer. Or it dies by a chunk.
 */
export const mortalProcess = (deps: WriterDeps, dies: number | DeathByChunk): MortalProcess => {
  let diesAt = typeof dies === 'number' ? dies : Number.POSITIVE_INFINITY
  let reached = 0
  let chunks = 0
  let die = () => {}
  const death = new Promise<void>((resolve) => {
    die = resolve
  })
  const survives = () => {
    reached += 1
    if (reached === diesAt + 1) die()
    return reached <= diesAt
  }
  const noticeChunk = (method: string, moment: DeathByChunk['after']) => {
    if (typeof dies === 'number' || method !== 'sendChunk' || moment !== dies.after) return
    if (chunks === dies.chunk) diesAt = reached + dies.awaits
    chunks += 1
  }
  const mortal = <Port extends object>(port: Port): Port =>
    eachMethod(port, (name, method) => async (...args) => {
      noticeChunk(name, 'call')
      if (!survives()) return forever
      const outcome = await method(...args).then(
        (value) => () => value,
        (error) => () => {
          throw error
        },
      )
      noticeChunk(name, 'answer')
      return survives() ? outcome() : forever
    })
  const sleeping = mortal({ sleep: deps.clock.sleep })
  return {
    death,
    awaits: () => reached,
    deps: {
      ...deps,
      chatApi: { ...mortal<ChatApi>(deps.chatApi), clockOffset: deps.chatApi.clockOffset },
      store: mortal<ReplyStore>(deps.store),
      clock: { now: deps.clock.now, sleep: sleeping.sleep as Clock['sleep'] },
      ...(deps.queue === undefined ? {} : { queue: mortal(deps.queue) }),
    },
  }
}
