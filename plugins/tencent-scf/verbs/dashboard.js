import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findFunction } from '../deploy/settled.js'
import { functionNamed } from '../read-service.js'
import { alarmsOf } from '../watch/alarms.js'
import { dashboardOf } from '../watch/dashboard.js'
import { targetOf } from './target.js'

/** @typedef {import('../types.d.ts').VerbContext} VerbContext */

/** What the framework does not know of itself. */
export const dashboardCommand = {
  dashboard: {
    usage: "Writes a dashboard and alarms over the functions' log",
    lifecycleEvents: ['write'],
  },
}

/**
 * Where the worker's log goes: what serverless.scf.yml says, else what SCF made.
 * @param {VerbContext} context
 */
const logPlace = async (context) => {
  const service = context.service()
  if (service.logs !== undefined) return service.logs
  const { name } = functionNamed(service, 'worker')
  const found = await findFunction(targetOf(context).api, name)
  const { ClsLogsetId: logsetId, ClsTopicId: topicId } = found ?? {}
  if (logsetId && topicId) return { logsetId, topicId }
  throw new Error(
    `${name} writes to no log topic: deploy it, or set SCF_CLS_LOGSET_ID and SCF_CLS_TOPIC_ID`,
  )
}

/**
 * `serverless dashboard`: writes a dashboard for Grafana and the alarms for CLS to the package directory (docs/scf.md says how they
 * are imported).
 * @type {import('../types.d.ts').Verb}
 */
export const dashboard = (context) => ({
  'dashboard:write': async () => {
    const { packageDirectory, region } = context.service()
    const { variables } = functionNamed(context.service(), 'worker')
    const service = variables['POWERTOOLS_SERVICE_NAME'] ?? ''
    const callsPerSecond = Number(variables['CALLS_PER_SECOND'])
    const tokensPerHour = Number(context.env['TOKENS_PER_HOUR_ALARM'] || 0)
    const place = await logPlace(context)
    const files = {
      'dashboard.json': dashboardOf({ ...place, service, region }),
      'alarms.json': alarmsOf({ ...place, service, callsPerSecond, tokensPerHour }),
    }
    await mkdir(packageDirectory, { recursive: true })
    for (const [name, content] of Object.entries(files)) {
      const path = join(packageDirectory, name)
      await writeFile(path, `${JSON.stringify(content, null, 2)}\n`)
      context.say(path)
    }
  },
})
