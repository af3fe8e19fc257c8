import type { Context } from 'aws-lambda'
import { forgetExpired } from '#stores'
import type { Config } from '../config.ts'
import { sweepOrphans } from '../use-cases/sweep-orphans.ts'
import { composeWriter } from './writer.ts'

/** The sweeper, made once for each sandbox. */
export const composeSweeper = (config: Config): ((context: Context) => Promise<void>) => {
  const { deps, settings, table, within } = composeWriter(config)
  return (context) =>
    within(context, async (signals) => {
      const sweep = await sweepOrphans(deps, settings, signals, signals.workingMs)
      deps.log.info('swept', { ...sweep })
      const expired = await forgetExpired(table, () => signals.handOver.aborted)
      if (expired > 0) deps.log.info('expired-deleted', { records: expired })
    })
}
