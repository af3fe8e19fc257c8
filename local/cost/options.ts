import { parseArgs } from 'node:util'

/** How to call the calculator, for whoever called it wrongly. */
export const USAGE = `npm run cost -- --turns-per-day 5000       what a bot costs a month, on AWS and on Tencent SCF
  --seconds 7                              how long an answer takes (default 7)
  --together 1                             turns that share a worker on AWS, 1 to 10 (default 1)
  --memory 256                             of the worker, in MB (default: as in serverless.yml)
  --checkpoint auto                        auto (open messages can be read back) or each (default auto)
  --help                                   prints this`

/** What the calculator is asked for. */
export interface CostOptions {
  readonly turnsPerDay: number
  readonly seconds: number
  readonly together: number
  readonly checkpoint: 'auto' | 'each'
  /** Absent: as in serverless.yml. */
  readonly memoryMegabytes?: number
}

/** A number as a command line gives it, within bounds. Throws an Error that says which option is wrong, and how. */
const numberOf = (name: string, value: string, least: number, most: number): number => {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number < least || number > most) {
    throw new Error(`--${name} must be a number from ${least} to ${most}, not "${value}"`)
  }
  return number
}

/** Reads the command line; `'help'` where that is asked for. Throws an Error that says what is wrong with it. */
export const readCostOptions = (args: readonly string[]): CostOptions | 'help' => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'turns-per-day': { type: 'string' },
      seconds: { type: 'string', default: '7' },
      together: { type: 'string', default: '1' },
      memory: { type: 'string' },
      checkpoint: { type: 'string', default: 'auto' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const { 'turns-per-day': turnsPerDay, memory, checkpoint } = values
  if (checkpoint !== 'auto' && checkpoint !== 'each') {
    throw new Error(`--checkpoint must be auto or each, not "${checkpoint}"`)
  }
  if (turnsPerDay === undefined) throw new Error('--turns-per-day is missing')
  return {
    turnsPerDay: numberOf('turns-per-day', turnsPerDay, 0, 1e9),
    seconds: numberOf('seconds', values.seconds, 0.1, 1_800),
    checkpoint,
    together: numberOf('together', values.together, 1, 10),
    ...(memory === undefined ? {} : { memoryMegabytes: numberOf('memory', memory, 128, 10_240) }),
  }
}
