import { explain, secretsOf } from './api/explain.js'
import { systemClock } from './clock.js'
import { readService } from './read-service.js'
import { events, functionProperties, provider } from './schema.js'
import { dashboard, dashboardCommand } from './verbs/dashboard.js'
import { deploy } from './verbs/deploy.js'
import { deployFunction } from './verbs/deploy-function.js'
import { info } from './verbs/info.js'
import { invoke } from './verbs/invoke.js'
import { invokeLocal } from './verbs/invoke-local.js'
import { logs } from './verbs/logs.js'
import { packageVerb } from './verbs/package.js'
import { remove } from './verbs/remove.js'
import { rollback } from './verbs/rollback.js'

/** @typedef {import('./types.d.ts').Serverless} Serverless */
/** @typedef {import('./types.d.ts').VerbContext} VerbContext */

const PROVIDER = 'tencent'

const verbs = [
  packageVerb,
  deploy,
  deployFunction,
  info,
  logs,
  invoke,
  invokeLocal,
  remove,
  rollback,
  dashboard,
]

/** The provider `tencent`: functions of the Serverless Framework at Tencent's Serverless Cloud Function. */
export default class TencentScf {
  static getProviderName() {
    return PROVIDER
  }

  /**
   * @param {Serverless} serverless
   * @param {Readonly<Record<string, unknown>>} options
   * @param {{ readonly writeText: (line: string) => void }} writers
   */
  constructor(serverless, options, { writeText }) {
    this.serverless = serverless
    // The framework takes the plugin for one of this provider alone.
    this.provider = this
    serverless.setProvider(PROVIDER, this)
    serverless.configSchemaHandler.defineProvider(PROVIDER, {
      provider,
      function: functionProperties,
    })
    for (const [name, schema] of Object.entries(events)) {
      serverless.configSchemaHandler.defineFunctionEvent(PROVIDER, name, schema)
    }
    this.commands = dashboardCommand
    const { env } = process
    /** @type {VerbContext} */
    const context = {
      service: () => readService(serverless, options),
      options,
      env,
      clock: systemClock,
      say: writeText,
      setArtifact: (key, path) => {
        const found = serverless.service.functions[key]
        if (found !== undefined) found.package = { ...found.package, artifact: path }
      },
    }
    this.hooks = Object.assign({}, ...verbs.map((verb) => this.explained(verb(context), env)))
  }

  /**
   * The same hooks; what one throws is told as one message, without stack and secrets.
   * @param {ReturnType<import('./types.d.ts').Verb>} hooks
   * @param {import('./types.d.ts').Environment} env
   */
  explained(hooks, env) {
    return Object.fromEntries(
      Object.entries(hooks).map(([name, hook]) => [
        name,
        async () => {
          try {
            await hook()
          } catch (error) {
            const message = explain(error, secretsOf(env))
            throw new this.serverless.classes.Error(message, 'TENCENT_SCF')
          }
        },
      ]),
    )
  }
}
