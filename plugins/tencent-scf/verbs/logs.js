import { searchLogs } from '../api/cls-api.js'
import { findFunction } from '../deploy/settled.js'
import { functionNamed } from '../read-service.js'
import { accessOf, targetOf } from './target.js'

/** @typedef {import('../types.d.ts').VerbContext} VerbContext */

const unitsMs = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])
/** In one look: what is more is for the console. */
const MAX_PAGES = 20
const LEAST_INTERVAL_MS = 500

/**
 * When to begin: `10m`, `2h`, or a time.
 * @param {unknown} given
 * @param {number} nowMs
 */
const startOf = (given, nowMs) => {
  const text = String(given ?? '10m')
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  const atMs =
    count === undefined ? Date.parse(text) : nowMs - Number(count) * (unitsMs.get(unit) ?? 0)
  if (Number.isNaN(atMs)) {
    throw new Error(
      `--startTime ${text} is neither 10m, 2h or 1d nor a time such as 2026-11-24T12:00:00Z`,
    )
  }
  return atMs
}

/**
 * @param {VerbContext} context
 * @param {string} name
 */
const topicOf = async (context, name) => {
  const found = await findFunction(targetOf(context).api, name)
  if (found === undefined) throw new Error(`${name} is not deployed`)
  if (found.ClsTopicId) return found.ClsTopicId
  throw new Error(
    `${name} writes to no log topic: set SCF_CLS_LOGSET_ID and SCF_CLS_TOPIC_ID and deploy`,
  )
}

/** @param {import('../api/cls-api.js').LogLine} line */
const shown = ({ timeMs, fields }) =>
  `${new Date(timeMs).toISOString()}  ${String(fields['SCF_Message'] ?? JSON.stringify(fields)).trimEnd()}`

/**
 * `serverless logs -f F`: what the function printed, from its topic in CLS. `--filter` takes a CLS search; `--tail` goes on.
 * @type {import('../types.d.ts').Verb}
 */
export const logs = (context) => ({
  'logs:logs': async () => {
    const { options, clock, say } = context
    const { name } = functionNamed(context.service(), options['function'])
    const topicId = await topicOf(context, name)
    const search = searchLogs(accessOf(context), clock)
    const only = `SCF_FunctionName:"${name}"`
    const query = options['filter'] ? `${only} AND (${String(options['filter'])})` : only

    /** @param {number} fromMs @param {number} toMs */
    const show = async (fromMs, toMs) => {
      let place = ''
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const {
          lines,
          context: next,
          isAll,
        } = await search({ topicId, query, fromMs, toMs, context: place })
        for (const line of lines) say(shown(line))
        if (isAll) return
        place = next
      }
      say('There is more: begin later with --startTime, or look at the console.')
    }

    let fromMs = startOf(options['startTime'], clock.now())
    let toMs = clock.now()
    await show(fromMs, toMs)
    while (options['tail'] === true) {
      await clock.sleep(Math.max(LEAST_INTERVAL_MS, Number(options['interval'] ?? 1_000)))
      fromMs = toMs + 1
      toMs = clock.now()
      await show(fromMs, toMs)
    }
  },
})
