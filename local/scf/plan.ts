import { missingAccess } from './access.ts'
import { bundleFunction } from './bundle.ts'
import type { Service } from './service.ts'
import { functionVariables } from './variables.ts'
import { type WantedFunction, wantedFunction } from './wanted.ts'

type Environment = Readonly<Record<string, string | undefined>>

const missingRole = (env: Environment): readonly string[] =>
  env['SCF_ROLE']
    ? []
    : [
        'SCF_ROLE is missing: the role that lets the functions invoke the worker (docs/scf.md, "Permissions")',
      ]

/** All that shall stand at SCF. Throws one Error that names every variable that is missing or malformed, and shows no value. */
export const planService = async (
  service: Service,
  env: Environment,
): Promise<readonly WantedFunction[]> => {
  // A region that is missing is named once, by `missingAccess`.
  const checked = functionVariables(service, env, env['TENCENTCLOUD_REGION'] || 'ap-unknown')
  const problems = [
    ...missingAccess(env),
    ...missingRole(env),
    ...('problems' in checked ? checked.problems : []),
  ]
  if ('problems' in checked || problems.length > 0) {
    throw new Error(`This cannot be deployed:\n  ${problems.join('\n  ')}`)
  }
  const role = env['SCF_ROLE'] ?? ''
  return Promise.all(
    service.functions.map(async (one) => {
      const bundle = await bundleFunction(one, service.bundling)
      const variables = checked.variables[one.key] ?? {}
      return wantedFunction(one, bundle, { role, variables })
    }),
  )
}
