import * as fastCheck from '../../node_modules/fast-check/lib/fast-check.js'

/** What a property is tried with for each of some two thousand mutants. */
const MAX_RUNS = 40

const assert = (<Ts>(property: fastCheck.IRawProperty<Ts>, parameters?: fastCheck.Parameters<Ts>) =>
  fastCheck.assert(property, {
    ...parameters,
    numRuns: Math.min(parameters?.numRuns ?? MAX_RUNS, MAX_RUNS),
  })) as typeof fastCheck.assert

export * from '../../node_modules/fast-check/lib/fast-check.js'
export { assert }
export default { ...fastCheck.default, assert }
