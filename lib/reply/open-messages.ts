import { showsOpen, type Verdict } from '../core/reply/verdict.ts'
import type { Clock, Log, VerdictStore } from '../ports.ts'

/** How old what this process knows of the application's verdict may get, in ms. */
const READ_EVERY_MS = 60_000

/**
 * Whether the service shows messages while they are still written, as far as this process knows. Nothing here makes anybody
 * wait, and nothing throws.
 */
export interface OpenMessages {
  /** True while that is known: whoever takes over a reply then reads there how far it is. */
  areShown(): boolean
  /** Brings what is known up to date, in the background. */
  refresh(): void
  /**
   * Finds it out where nobody knows, in the background: once in a process's life, and as seldom as the store says for all of them.
   * `look` tells whether an open message was shown with its text; `undefined` where it could not be asked.
   */
  findOut(look: () => Promise<boolean | undefined>): void
  /** Somebody has looked for an open message all the same, and it was not shown. */
  contradict(): void
}

export const openMessages = ({
  store,
  clock,
  log,
}: {
  readonly store: VerdictStore
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}): OpenMessages => {
  let known: Verdict | undefined
  let readAtMs = Number.NEGATIVE_INFINITY
  let isRead = false
  let hasAsked = false

  const learn = (verdict: Verdict | undefined) => {
    if (verdict !== undefined && verdict.atMs >= (known?.atMs ?? 0)) known = verdict
  }
  const unlessOut = (work: Promise<unknown>): void => {
    work.catch((error) => log.warn('verdict-out-of-reach', { error: String(error) }))
  }
  const conclude = async (shown: boolean) => {
    const verdict = { shown, atMs: clock.now() }
    learn(verdict)
    log.info('open-messages', { shown })
    await store.note(verdict)
  }
  const read = async () => {
    learn(await store.read())
    isRead = true
  }
  const ask = async (look: () => Promise<boolean | undefined>) => {
    if (!(await store.mayLook(clock.now()))) return
    const shown = await look()
    if (shown !== undefined) await conclude(shown)
  }
  const areShown = () => showsOpen(known, clock.now())

  return {
    areShown,
    refresh() {
      if (clock.now() - readAtMs < READ_EVERY_MS) return
      readAtMs = clock.now()
      unlessOut(read())
    },
    findOut(look) {
      // What another process has found out is not found out again.
      if (hasAsked || !isRead || areShown()) return
      hasAsked = true
      unlessOut(ask(look))
    },
    contradict() {
      if (areShown()) unlessOut(conclude(false))
    },
  }
}
