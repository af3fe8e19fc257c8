import type { ScheduledHandler } from 'aws-lambda'
import { composeWriter } from '../lib/compose/writer.ts'
import { readConfig } from '../lib/config.ts'
import { sweepOrphans } from '../lib/use-cases/sweep-orphans.ts'

const { deps, settings, within } = composeWriter(readConfig())

/** Goes on with replies whose writer died, and closes those that nobody can go on with. */
export const handler: ScheduledHandler = async (_, context) => {
  const sweep = await within(context, (signals) =>
    sweepOrphans(deps, settings, signals, signals.workingMs),
  )
  deps.log.info('swept', { ...sweep })
}
