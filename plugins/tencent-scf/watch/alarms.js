import { inAll } from './queries.js'

/** @typedef {import('./queries.js').Curve} Curve */

/**
 * The alarms of docs/operate.md that come from the functions; each looks at five minutes, but for `tokens`.
 * @type {readonly { readonly name: string, readonly curve: Curve, readonly least: number }[]}
 */
const alarms = [
  { name: 'orphans', curve: ['Orphans', 'sum'], least: 5 },
  { name: 'poisoned', curve: ['Poisoned', 'sum'], least: 1 },
  { name: 'in-doubt', curve: ['InDoubt', 'sum'], least: 1 },
  { name: 'refused', curve: ['Refused', 'sum'], least: 5 },
  { name: 'failed-replies', curve: ['RepliesFailed', 'sum'], least: 5 },
  { name: 'over-limit', curve: ['TurnsOverLimit', 'sum'], least: 1 },
  { name: 'slow-callbacks', curve: ['CallbackMs', 'max'], least: 1_500 },
  { name: 'callbacks-refused', curve: ['CallbacksRefused', 'sum'], least: 10 },
]

/** Of `budget`: 80 % of all calls, for two periods. */
const BUDGET_SHARE = 0.8
const PERIOD_MINUTES = 5
/** Of `tokens`. */
const HOUR_MINUTES = 60

/**
 * The bodies of `CreateAlarm` of CLS (document 614/56466), but for `AlarmNoticeIds`, which say who is told.
 * @param {{ readonly service: string, readonly logsetId: string, readonly topicId: string, readonly callsPerSecond: number, readonly tokensPerHour: number }} place `tokensPerHour` 0: no alarm
 */
export const alarmsOf = ({ service, logsetId, topicId, callsPerSecond, tokensPerHour }) => {
  const budget = Math.round(callsPerSecond * 60 * PERIOD_MINUTES * BUDGET_SHARE)
  /** @type {typeof alarms} */
  const all = [
    ...alarms,
    { name: 'budget', curve: ['Calls', 'sum'], least: budget },
    ...(tokensPerHour > 0
      ? [{ name: 'tokens', curve: /** @type {Curve} */ (['Tokens', 'sum']), least: tokensPerHour }]
      : []),
  ]
  return all.map(({ name, curve, least }) => ({
    Name: `${service}-${name}`,
    AlarmTargets: [
      {
        LogsetId: logsetId,
        TopicId: topicId,
        Number: 1,
        Query: inAll(service, curve),
        SyntaxRule: 1,
        StartTimeOffset: name === 'tokens' ? -HOUR_MINUTES : -PERIOD_MINUTES,
        EndTimeOffset: 0,
      },
    ],
    Condition: `$1.value >= ${least}`,
    MonitorTime: { Type: 'Period', Time: PERIOD_MINUTES },
    TriggerCount: name === 'budget' ? 2 : 1,
    AlarmPeriod: 15,
    AlarmNoticeIds: [],
    Status: true,
  }))
}
