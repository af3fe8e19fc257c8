import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { emfMetrics } from '../../../lib/adapters/runtime/emf-metrics.ts'
import { metricUnits } from '../../../lib/core/metric-names.ts'
import { captureOutput } from '../../support/captured-output.ts'
import { type Fields, functionNames, type PackagedTemplate, stackName } from './fixtures.ts'

/** The metrics that the functions write, with the dimension `service`, and what else splits them. */
const emitted = Object.keys(metricUnits)
const splitBy: Readonly<Record<string, string>> = { Refused: 'code', RepliesFailed: 'reason' }

const operate = readFileSync(new URL('../../../docs/operate.md', import.meta.url), 'utf8')

interface Metric {
  readonly Namespace: string
  readonly MetricName: string
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[]
}

interface Widget {
  readonly x: number
  readonly y: number
  readonly properties: { readonly title: string; readonly metrics: readonly (readonly unknown[])[] }
}

/** The alarms that ask with a query, over all values of a dimension. */
const queries = ['RefusedAlarm', 'FailedRepliesAlarm']
const queues = [`${stackName}-replies.fifo`, `${stackName}-replies-failed.fifo`]

/** Alarms and dashboard, held against the metrics that are written; `mailed` is a template with `ALARM_EMAIL`. */
export const describeWatching = (read: () => PackagedTemplate, mailed: () => PackagedTemplate) => {
  const alarms = () => Object.entries(read().ofType('AWS::CloudWatch::Alarm'))

  /** Metrics of our own that the template makes from logs. */
  const made = () =>
    Object.values(read().ofType('AWS::Logs::MetricFilter')).flatMap(
      ({ MetricTransformations }) => MetricTransformations as readonly { MetricName: string }[],
    )

  /** Whether anybody writes a metric with these dimensions. */
  const isWritten = (namespace: string, name: string, dimensions: Fields): boolean => {
    const unsplit = emitted.filter((each) => !Object.hasOwn(splitBy, each))
    const own = [...unsplit, ...made().map(({ MetricName }) => MetricName)]
    const functions = functionNames.map((each) => `${stackName}-${each}`)
    const known: Readonly<Record<string, readonly (readonly [string, readonly unknown[]])[]>> = {
      TencentChatStream: [['service', own.includes(name) ? [stackName] : []]],
      'AWS/Lambda': [['FunctionName', functions]],
      'AWS/SQS': [['QueueName', queues]],
      'AWS/DynamoDB': [['TableName', [`${stackName}-replies`]]],
      'AWS/ApiGateway': [
        ['ApiId', [`${stackName}-httpapi`]],
        ['Stage', ['$default']],
      ],
    }
    const wanted = known[namespace] ?? []
    return (
      wanted.length > 0 &&
      Object.keys(dimensions).length === wanted.length &&
      wanted.every(([key, values]) => values.includes(dimensions[key]))
    )
  }

  const dimensionsOf = ({ Dimensions }: Metric): Fields =>
    Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]))

  /** The metrics that an alarm looks at; none where it asks with a query. */
  const metricsOf = (alarm: Fields): readonly Metric[] => {
    const parts = (alarm['Metrics'] ?? []) as readonly {
      readonly MetricStat?: { Metric: Metric }
    }[]
    const ofParts = parts.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []))
    return 'MetricName' in alarm ? [alarm as unknown as Metric] : ofParts
  }

  describe('the alarms', () => {
    it('are these', () => {
      const names = alarms().map(([, { AlarmName }]) => String(AlarmName))

      expect(names.map((name) => name.replace(`${stackName}-`, ''))).toEqual([
        'dead-letters',
        'queue-age',
        'orphans',
        'poisoned',
        'in-doubt',
        'refused',
        'failed-replies',
        'budget',
        'over-limit',
        'slow-callbacks',
        'callbacks-refused',
        'api-errors',
        'replies-errors',
        'webhook-errors',
        'worker-errors',
        'sweeper-errors',
        'sweeper-stopped',
      ])
    })

    it('are explained, each with what to do', () => {
      const names = alarms().map(([, { AlarmName }]) =>
        String(AlarmName).slice(stackName.length + 1),
      )
      const ofFunctions = new RegExp(`^(${functionNames.join('|')})-errors$`)
      const asWritten = names.map(
        (name) => `| \`${name.replace(ofFunctions, '<function>-errors')}\` |`,
      )

      expect(asWritten.filter((row) => !operate.includes(row))).toEqual([])
    })

    it('look at metrics that somebody writes', () => {
      for (const [id, alarm] of alarms()) {
        const metrics = metricsOf(alarm)
        expect(metrics.length > 0 || queries.includes(id), id).toBe(true)
        for (const metric of metrics) {
          const { Namespace, MetricName } = metric
          expect(isWritten(Namespace, MetricName, dimensionsOf(metric)), id).toBe(true)
        }
      }
    })

    it.each(Object.entries(splitBy))('count %s over each %s', (metric, dimension) => {
      const expression = `SELECT SUM(${metric}) FROM SCHEMA(TencentChatStream, ${dimension}, service) WHERE service = '${stackName}'`

      const asked = queries.map((id) => read().resolvedOf(id)['Metrics'])
      expect(asked).toContainEqual([expect.objectContaining({ Expression: expression })])
    })

    it('hear of the share of all calls that are used', () => {
      expect(read().resolvedOf('BudgetAlarm')).toMatchObject({
        Metrics: [
          { Expression: '100 * calls / (300 * 200)' },
          {
            Id: 'calls',
            MetricStat: { Stat: 'Sum', Period: 300, Metric: { MetricName: 'Calls' } },
          },
        ],
        Threshold: 80,
      })
    })

    it('look for metrics under the name that the functions write', () => {
      const output = captureOutput()

      emfMetrics(stackName).record({ Orphans: 1 })
      emfMetrics(stackName).record({ Refused: 1 }, { dimensions: { code: '80001' } })
      const lines = output.lines().map((line) => JSON.parse(line))
      output.release()

      expect(lines).toMatchObject([
        { service: stackName, _aws: { CloudWatchMetrics: [{ Dimensions: [['service']] }] } },
        {
          service: stackName,
          _aws: { CloudWatchMetrics: [{ Dimensions: [['service', 'code']] }] },
        },
      ])
      expect(lines[0]._aws.CloudWatchMetrics[0].Namespace).toBe('TencentChatStream')
    })

    it.each(functionNames)('hear of errors and throttles of %s', (name) => {
      const alarm = alarms().find(
        ([, { AlarmName }]) => AlarmName === `${stackName}-${name}-errors`,
      )

      const metrics = metricsOf(alarm?.[1] ?? {})
      expect(metrics.map((metric) => [metric.MetricName, dimensionsOf(metric)])).toEqual([
        ['Errors', { FunctionName: `${stackName}-${name}` }],
        ['Throttles', { FunctionName: `${stackName}-${name}` }],
      ])
    })

    it('hear of callbacks long before Tencent gives up, by the time that the gateway took', () => {
      const { propertiesOf, resolvedOf } = read()

      expect(propertiesOf('SlowCallbacksAlarm')).toMatchObject({
        MetricName: 'CallbackAnswerMs',
        Statistic: 'Maximum',
        Threshold: 1500,
      })
      expect(resolvedOf('CallbackAnswerMetric')).toMatchObject({
        LogGroupName: `/aws/http-api/${stackName}`,
        FilterPattern: '{ $.route = "POST /webhooks/chat" }',
        MetricTransformations: [
          {
            MetricNamespace: 'TencentChatStream',
            MetricName: 'CallbackAnswerMs',
            MetricValue: '$.latencyMs',
            Dimensions: [{ Key: 'service', Value: '$.service' }],
          },
        ],
      })
    })

    it('tell one topic, and that tells whom ALARM_EMAIL names', () => {
      for (const [id, alarm] of alarms()) {
        expect(alarm['AlarmActions'], id).toEqual([`${stackName}-alarmtopic`])
        expect(alarm['OKActions'], id).toEqual([`${stackName}-alarmtopic`])
        expect(alarm['AlarmDescription'], id).toMatch(/\.$/)
      }
      expect(read().ofType('AWS::SNS::Subscription')).toEqual({})
      expect(mailed().ofType('AWS::SNS::Subscription')).toEqual({
        AlarmMail: {
          TopicArn: `${stackName}-alarmtopic`,
          Protocol: 'email',
          Endpoint: 'operator@example.com',
        },
      })
    })
  })

  describe('the dashboard', () => {
    const widgets = () => {
      const { DashboardBody } = read().resolvedOf('Dashboard')
      return (JSON.parse(String(DashboardBody)) as { readonly widgets: readonly Widget[] }).widgets
    }

    it('shows metrics that somebody writes', () => {
      for (const { properties } of widgets()) {
        for (const [namespace, name, ...rest] of properties.metrics) {
          if (typeof namespace !== 'string') continue
          const pairs = rest.filter((each) => typeof each === 'string')
          const dimensions = Object.fromEntries(
            pairs.flatMap((key, i) => (i % 2 === 0 ? [[key, pairs[i + 1]]] : [])),
          )
          const isShown = isWritten(namespace, String(name), dimensions)
          expect(isShown, `${properties.title}: ${name}`).toBe(true)
        }
      }
    })

    it('shows all that the functions write, and every function', () => {
      const shown = JSON.stringify(widgets())

      expect(emitted.filter((name) => !shown.includes(name))).toEqual([])
      expect(functionNames.filter((name) => !shown.includes(`"${stackName}-${name}"`))).toEqual([])
    })

    it('has room for each picture', () => {
      const places = widgets().map(({ x, y }) => `${x} ${y}`)

      expect(new Set(places).size).toBe(places.length)
    })
  })
}
