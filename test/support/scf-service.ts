import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { planService } from '../../plugins/tencent-scf/deploy/plan.js'
import { bundleFunction } from '../../plugins/tencent-scf/package/bundle.js'
import { readService } from '../../plugins/tencent-scf/read-service.js'
import type { Serverless, Service } from '../../plugins/tencent-scf/types.d.ts'
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
  const unused = { classes: { Error }, configSchemaHandler: undefined, setProvider: () => {} }
  return readService({ serviceDir: projectDirectory, service, ...unused } as never, {})
}

/** What a deployment in this environment makes of it. */
export const planScfService = (service: Service, env: Environment) =>
  planService(service, env, (one) => bundleFunction(service, one))
