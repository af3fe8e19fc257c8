import { seededRandom } from '../support/rate-limit-world.ts'

/** Chance, from a seed. */
export interface Chance {
  /** From 0 up to 1. */
  readonly part: () => number
  /** A whole number from `least` to `most`. */
  readonly whole: (least: number, most: number) => number
  readonly between: (least: number, most: number) => number
  readonly happens: (probability: number) => boolean
  readonly oneOf: <T>(list: readonly T[]) => T
}

export const chanceFrom = (seed: number): Chance => {
  const part = seededRandom(seed)
  const between = (least: number, most: number) => least + part() * (most - least)
  const whole = (least: number, most: number) => Math.floor(between(least, most + 1))
  return {
    part,
    whole,
    between,
    happens: (probability) => part() < probability,
    oneOf: (list) => {
      const one = list[whole(0, list.length - 1)]
      if (one === undefined) throw new Error('There is nothing to choose from.')
      return one
    },
  }
}
