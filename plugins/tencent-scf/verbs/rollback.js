import { describeVersions, goBackTo, versionsAt } from '../deploy/rollback.js'
import { functionNamed } from '../read-service.js'
import { targetOf } from './target.js'

/** @param {unknown} given A time such as `2026-11-24T12:00:00Z`, or milliseconds since 1970. */
const timeOf = (given) => {
  const text = String(given)
  const atMs = /^\d{12,}$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isNaN(atMs)) {
    throw new Error(`--timestamp ${text} is no time; write it as 2026-11-24T12:00:00Z`)
  }
  return atMs
}

/**
 * `serverless rollback`: sends calls to what was published by `--timestamp`; without it, shows what there is to go back to.
 * `serverless rollback function -f F --function-version N`: the same for one function. The next deployment goes forward again.
 * @type {import('../types.d.ts').Verb}
 */
export const rollback = (context) => ({
  'rollback:rollback': async () => {
    const { api } = targetOf(context)
    const names = context.service().functions.map(({ name }) => name)
    const { timestamp } = context.options
    if (timestamp === undefined) {
      for (const name of names) {
        for (const line of await describeVersions(api, name)) context.say(line)
      }
      context.say('\nGo back with --timestamp, such as 2026-11-24T12:00:00Z')
      return
    }
    for (const { name, version } of await versionsAt(api, names, timeOf(timestamp))) {
      context.say(await goBackTo(api, name, version))
    }
  },
  'rollback:function:rollback': async () => {
    const { name } = functionNamed(context.service(), context.options['function'])
    const version = String(context.options['function-version'])
    context.say(await goBackTo(targetOf(context).api, name, version))
  },
})
