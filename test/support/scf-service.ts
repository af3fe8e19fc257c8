import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { accessFrom } from '../../plugins/tencent-scf/api/access.js'
import { explain } from '../../plugins/tencent-scf/api/explain.js'
import { scfApi } from '../../plugins/tencent-scf/api/scf-api.js'
import { planService } from '../../plugins/tencent-scf/deploy/plan.js'
import { bundleFunction } from '../../plugins/tencent-scf/package/bundle.js'
import { readService } from '../../plugins/tencent-scf/read-service.js'
import type { Serverless, Service } from '../../plugins/tencent-scf/types.d.ts'
import { deployEnvironment, deploySecrets } from './scf-deployment.ts'
import { nodePath, projectDirectory } from './service-project.ts'

type Environment = Readonly<Record<string, string>>

/** The service as the framework reads serverless.scf.yml in this environment alone. Takes some seconds. */
export const readScfService = async (env: Environment): Promise<Service> => {
  const options = ['print', '--config', 'serverless.scf.yml', '--format', 'json']
  const { stdout } = await promisify(execFile)(
    nodePath,
    ['node_modules/.bin/serverless', ...options],
    { cwd: projectDirectory, env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env } },
  )
  const service = JSON.parse(stdout) as Serverless['service']
  return readService({ serviceDir: projectDirectory, service }, {})
}

/** What a deployment in this environment makes of it. */
export const planScfService = (service: Service, env: Environment) =>
  planService(service, env, (one) => bundleFunction(service, one))

/** A moment for each wait: whoever polls sees something new. */
const quickClock = { now: () => Date.now(), sleep: () => systemClock.sleep(1) }

/** SCF as `deployer` reaches it, with changes to its environment. */
export const scfTarget = (endpoint: string, env: Environment = {}) => {
  const all = { ...deployEnvironment, ...env, SCF_ENDPOINT: endpoint }
  const access = accessFrom(all, all.TENCENTCLOUD_REGION)
  return { api: scfApi(access, quickClock), clock: quickClock }
}

/** What somebody reads who waits for work that fails; empty where it does not. */
export const saidByFailure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => '',
    (error: unknown) => explain(error, deploySecrets),
  )
