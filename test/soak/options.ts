import { parseArgs } from 'node:util'
import { type Trouble, troubles } from './settings.ts'

export const USAGE = `npm run soak -- --minutes 10          real processes under random everything, for ten minutes
npm run soak -- --seed 7              the same plan again; who is struck at which call differs from run to run
npm run soak -- --without clocks,kills
npm run soak -- --load 0.5            half as many replies

troubles: ${troubles.join(', ')}`

/** What a soak was asked for. */
export interface SoakOptions {
  readonly minutes: number
  readonly seed: number
  /** How many replies there are, 1 for about one a second. */
  readonly load: number
  readonly troubles: ReadonlySet<Trouble>
}

const SEEDS = 1_000_000

/** Reads the command line. Throws an Error that says what is wrong. */
export const readSoakOptions = (args: readonly string[]): SoakOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % SEEDS) },
      load: { type: 'string', default: '1' },
      without: { type: 'string', default: '' },
    },
  })
  const without = values.without.split(',').filter((name) => name !== '')
  const unknown = without.filter((name) => !troubles.some((trouble) => trouble === name))
  if (unknown.length > 0) throw new Error(`--without: there is no trouble ${unknown.join(', ')}`)
  return {
    minutes: positive('minutes', values.minutes),
    seed: Math.floor(positive('seed', values.seed)),
    load: positive('load', values.load),
    troubles: new Set(troubles.filter((trouble) => !without.includes(trouble))),
  }
}

const positive = (name: string, text: string): number => {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new Error(`--${name} must be a number greater than 0`)
}
