import { openStore, verdictStoreIn } from '#stores'
import { composeSecrets } from '../../lib/compose/secrets.ts'
import { readConfig } from '../../lib/config.ts'
import { showsOpen } from '../../lib/core/reply/verdict.ts'
import type { Clock, VerdictStore } from '../../lib/ports.ts'
import type { Finding } from './finding.ts'
import type { Observations } from './observations.ts'
import { unreadableBecause } from './recommend.ts'

/** Whether open messages were seen to be shown; `undefined` where that was not asked, or could not be told. */
export const openShown = ({ growing }: Observations): boolean | undefined => {
  if (growing === undefined || growing.open.kind === 'unreadable') return undefined
  const { open, sent } = growing
  return unreadableBecause(open, sent[0] + sent[1]) === undefined
}

const about = { id: 'checkpoint', title: 'What the functions know of open messages' } as const

/**
 * Shows what the table says of open messages, after it was told what was just seen, if anything was. Nothing where the environment
 * names no table.
 */
export const tableVerdict = async (
  env: Readonly<Record<string, string | undefined>>,
  seen: boolean | undefined,
  clock: Clock,
): Promise<readonly Finding[]> => {
  if (!env['REPLIES_TABLE']) return []
  try {
    const config = readConfig(env)
    const table = openStore(config, composeSecrets(config))
    const store = verdictStoreIn(table, config.CHAT_SDK_APP_ID)
    return store === undefined ? [] : [await judged(store, seen, clock.now())]
  } catch (error) {
    const heard = error instanceof Error ? error.message : 'The table cannot be asked.'
    return [{ ...about, verdict: 'unknown', heard }]
  }
}

const judged = async (
  store: VerdictStore,
  seen: boolean | undefined,
  nowMs: number,
): Promise<Finding> => {
  if (seen !== undefined) await store.note({ shown: seen, atMs: nowMs })
  const verdict = seen === undefined ? await store.read() : { shown: seen, atMs: nowMs }
  if (verdict === undefined) return { ...about, verdict: 'unknown', heard: 'Nobody has looked.' }
  const written = seen === undefined ? 'The table says since' : 'Written to the table at'
  const shown = verdict.shown ? 'shown' : 'hidden'
  const so = showsOpen(verdict, nowMs)
    ? 'With CHECKPOINT=auto progress is recorded only where it must be.'
    : 'Progress is recorded after each call.'
  const heard = `${written} ${new Date(verdict.atMs).toISOString()}: ${shown} while they are open.`
  return { ...about, verdict: 'right', heard, so }
}
