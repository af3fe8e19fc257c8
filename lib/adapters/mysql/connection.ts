import { OutOfReach } from '../../core/out-of-reach.ts'
import { MysqlError } from './mysql-error.ts'
import {
  type Asker,
  type MysqlAccess,
  type OpenedSession,
  openPatiently,
  unreachable,
} from './opening.ts'
import type { Query } from './session.ts'

/** How long somebody waits for what they asked, in ms, the time to wake a paused database included. */
export interface MysqlLimits {
  readonly withinMs?: number
}

/** Called when a statement is sent; what it returns is called with the server's time, in ms, where the answer brings it along. */
type ServerTimeWatch = () => (atMs: number) => void

type Work<T> = (query: Query) => Promise<T>

/** The one connection of a process. */
export interface MysqlConnection {
  /**
   * Does `work` with the connection to itself, after what was asked for before. Where the connection is lost, or somebody else
   * was at the same row, it is done again from its start: `work` knows its own first try. Throws `OutOfReach`, after which the
   * work may have been done, and the signal's reason where `signal` aborts.
   */
  run<T>(work: Work<T>, limits?: MysqlLimits, signal?: AbortSignal): Promise<T>
  /** Closes it; the next work opens it again. */
  close(): Promise<void>
}

export interface MysqlConnectionOptions extends MysqlAccess {
  readonly watch?: ServerTimeWatch
  /** Closed when nobody has used it for so long, in ms. */
  readonly idleMs?: number
}

/** A paused database answers within ten seconds; this leaves it two for the work. */
const WITHIN_MS = 12_000
const IDLE_MS = 10_000
/** Where others wait for its place, a connection is kept no longer than this, and hardly without use. */
const LAST_MS = 1_000
const LAST_IDLE_MS = 50
const TRIES = 4
const BETWEEN_TRIES_MS = 150

const watched =
  (query: Query, watch: ServerTimeWatch | undefined): Query =>
  async (sql, values) => {
    const told = watch?.()
    const answer = await query(sql, values)
    const nowMs = answer.rows[0]?.['now_ms']
    if (typeof nowMs === 'number') told?.(nowMs)
    return answer
  }

/** Opens the connection where it is not, and closes it where it is of no more use. */
const keptSession = (options: MysqlConnectionOptions) => {
  const { clock, watch, idleMs = IDLE_MS } = options
  let session: OpenedSession | undefined
  let openedAtMs = 0
  let usedAtMs = 0
  let timer: NodeJS.Timeout | undefined

  const drop = (): void => {
    clearTimeout(timer)
    session?.close()
    session = undefined
  }
  /** A sandbox may have been frozen: the server has closed what nobody used, and nobody was there to hear it. */
  const isStale = ({ isOpen, isLast }: OpenedSession): boolean =>
    !isOpen() || clock.now() - usedAtMs > idleMs || (isLast && clock.now() - openedAtMs > LAST_MS)

  return {
    drop,
    async use<T>(work: Work<T>, asker: Asker): Promise<T> {
      clearTimeout(timer)
      if (session !== undefined && isStale(session)) drop()
      if (session === undefined) {
        session = await openPatiently(options, asker)
        openedAtMs = clock.now()
      }
      session.holdProcess(true)
      return work(watched(session.query, watch)).finally(() => {
        usedAtMs = clock.now()
      })
    },
    dropWhenIdle() {
      clearTimeout(timer)
      if (session === undefined) return
      // A process that has nothing else to do may end.
      session.holdProcess(false)
      timer = setTimeout(drop, session.isLast ? Math.min(idleMs, LAST_IDLE_MS) : idleMs)
      timer.unref()
    },
  }
}

export const mysqlConnection = (options: MysqlConnectionOptions): MysqlConnection => {
  const { clock, random } = options
  const kept = keptSession(options)
  let line: Promise<unknown> = Promise.resolve()
  let inLine = 0

  /** Whether the work is done again after this. Whatever is left of a transaction ends with its connection. */
  const goesOn = async (error: unknown, tries: number, asker: Asker): Promise<void> => {
    if (!(error instanceof MysqlError)) throw error
    kept.drop()
    const mayPass = ['lost', 'busy', 'noTable'].includes(error.trouble)
    const isOver = asker.isGone() || clock.now() >= asker.dueMs || tries >= TRIES
    if (!mayPass || isOver) throw unreachable(error)
    await clock.sleep(random() * BETWEEN_TRIES_MS)
  }

  const workPatiently = async <T>(work: Work<T>, asker: Asker): Promise<T> => {
    if (asker.isGone()) throw tooLate()
    for (let tries = 1; ; tries += 1) {
      try {
        return await kept.use(work, asker)
      } catch (error) {
        await goesOn(error, tries, asker)
      }
    }
  }

  const takePlace = <T>(work: Work<T>, asker: Asker): Promise<T> => {
    inLine += 1
    const turn = line.then(() => workPatiently(work, asker))
    line = turn
      .catch(() => {})
      .then(() => {
        inLine -= 1
        if (inLine === 0) kept.dropWhenIdle()
      })
    return turn
  }

  return {
    run(work, { withinMs = WITHIN_MS } = {}, signal) {
      let gone = false
      const asker = { dueMs: clock.now() + withinMs, isGone: () => gone }
      return new Promise((resolve, reject) => {
        const giveUp = (reason: unknown): void => {
          gone = true
          reject(reason)
        }
        const aborted = (): void => giveUp(signal?.reason)
        const timer = setTimeout(() => giveUp(tooLate()), withinMs)
        if (signal?.aborted) aborted()
        signal?.addEventListener('abort', aborted, { once: true })
        takePlace(work, asker)
          .then(resolve, reject)
          .finally(() => {
            clearTimeout(timer)
            signal?.removeEventListener('abort', aborted)
          })
      })
    },
    async close() {
      await line
      kept.drop()
    },
  }
}

const tooLate = (): OutOfReach => new OutOfReach('store', 'the database did not answer in time')
