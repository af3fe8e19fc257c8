import { accessFrom, missingAccess } from '../api/access.js'
import { scfApi } from '../api/scf-api.js'

/** @typedef {import('../types.d.ts').VerbContext} VerbContext */

/**
 * Who asks, and where. Throws one Error that names everything that is missing.
 * @param {VerbContext} context
 */
export const accessOf = ({ service, env }) => {
  const { region } = service()
  const missing = missingAccess(env, region)
  if (missing.length > 0) throw new Error(`Nobody can be asked:\n  ${missing.join('\n  ')}`)
  return accessFrom(env, region)
}

/**
 * SCF as this environment reaches it.
 * @param {VerbContext} context
 */
export const targetOf = (context) => ({
  api: scfApi(accessOf(context), context.clock),
  clock: context.clock,
})
