import { OutOfReach } from '../../../core/out-of-reach.ts'

/** Takes a step again until it comes to an outcome. Throws `OutOfReach` after `rounds` steps without one. */
export const inRounds = async <Outcome>(
  rounds: number,
  why: string,
  step: () => Promise<Outcome | undefined>,
): Promise<Outcome> => {
  for (let round = 0; round < rounds; round += 1) {
    const outcome = await step()
    if (outcome !== undefined) return outcome
  }
  throw new OutOfReach('store', why)
}
