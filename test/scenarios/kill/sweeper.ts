import { composeWriter } from '../../../lib/compose/writer.ts'
import { readConfig } from '../../../lib/config.ts'
import { sweepOrphans } from '../../../lib/use-cases/sweep-orphans.ts'
import { unhurried } from '../../support/unhurried.ts'
import { stampCalls } from './call-age.ts'

/** A process that sweeps as the schedule would, only more often, until its standard input ends. */
const SWEEP_EVERY_MS = 250
const { deps, settings } = composeWriter(readConfig(), { info: () => {}, warn: () => {} })
let over = false

stampCalls()
process.stdin.resume().once('end', () => {
  over = true
})
while (!over) {
  await sweepOrphans(deps, settings, unhurried)
  await deps.clock.sleep(SWEEP_EVERY_MS)
}
process.exit()
