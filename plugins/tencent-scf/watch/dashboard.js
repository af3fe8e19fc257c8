import { overTime, overTimeBy } from './queries.js'

/** @typedef {import('./queries.js').Curve} Curve */
/** @typedef {{ readonly service: string, readonly region: string, readonly topicId: string }} Place */

/**
 * The figures of the dashboard at AWS that come from the functions.
 * @type {readonly { readonly title: string, readonly curves: readonly Curve[] }[]}
 */
const panels = [
  {
    title: 'How soon text appears (ms)',
    curves: [
      ['FirstTextMs', 'p50'],
      ['FirstTextMs', 'p95'],
      ['LagMs', 'p50'],
      ['LagMs', 'p95'],
    ],
  },
  {
    title: 'Calls, and what went wrong',
    curves: [
      ['Calls', 'sum'],
      ['Retries', 'sum'],
      ['LostAnswers', 'sum'],
      ['InDoubt', 'sum'],
    ],
  },
  {
    title: 'Callbacks (ms); refused ones',
    curves: [
      ['CallbackMs', 'p99'],
      ['CallbackMs', 'max'],
      ['CallbacksRefused', 'sum'],
    ],
  },
  {
    title: 'Replies and turns (ms), rollovers, orphans',
    curves: [
      ['ReplyDurationMs', 'p50'],
      ['TurnDurationMs', 'p50'],
      ['TurnDurationMs', 'p95'],
      ['Rollovers', 'sum'],
      ['Orphans', 'sum'],
      ['Poisoned', 'sum'],
    ],
  },
  {
    title: 'Users: over their limit, thumbs, tokens',
    curves: [
      ['TurnsOverLimit', 'sum'],
      ['ThumbsUp', 'sum'],
      ['ThumbsDown', 'sum'],
      ['Tokens', 'sum'],
    ],
  },
]

/** @type {readonly { readonly title: string, readonly metric: string, readonly dimension: string }[]} */
const dimensionPanels = [
  { title: 'Refused by Tencent, by code', metric: 'Refused', dimension: 'code' },
  { title: 'Failed replies, by reason', metric: 'RepliesFailed', dimension: 'reason' },
]

/** Where the dashboard finds the log: a data source of Grafana, which its user picks. */
const datasource = { type: 'tencent-cls-grafana-datasource', uid: '$datasource' }

/**
 * A dashboard of Grafana over the log in CLS, to be imported.
 * @param {Place} place
 */
export const dashboardOf = ({ service, region, topicId }) => {
  const all = [
    ...panels.map(({ title, curves }) => ({ title, query: overTime(service, curves) })),
    ...dimensionPanels.map(({ title, metric, dimension }) => ({
      title,
      query: overTimeBy(service, metric, dimension),
    })),
  ]
  return {
    title: service,
    timezone: 'browser',
    schemaVersion: 36,
    refresh: '1m',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', label: 'CLS', type: 'datasource', query: datasource.type }],
    },
    panels: all.map(({ title, query }, n) => ({
      id: n + 1,
      title,
      type: 'timeseries',
      datasource,
      gridPos: { x: (n % 2) * 12, y: Math.floor(n / 2) * 8, w: 12, h: 8 },
      targets: [
        {
          refId: 'A',
          datasource,
          serviceType: 'logService',
          logServiceParams: {
            region,
            TopicId: topicId,
            Query: query,
            SyntaxRule: 1,
            format: 'Graph',
          },
        },
      ],
    })),
  }
}
