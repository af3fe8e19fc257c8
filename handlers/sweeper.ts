import type { ScheduledHandler } from 'aws-lambda'
import { composeSweeper } from '../lib/compose/sweeper.ts'
import { readConfig } from '../lib/config.ts'

const sweep = composeSweeper(readConfig())

/** Goes on with replies whose writer died, and closes those that nobody can go on with. */
export const handler: ScheduledHandler = (_, context) => sweep(context)
