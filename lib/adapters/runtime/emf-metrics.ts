import { Metrics as Powertools } from '@aws-lambda-powertools/metrics'
import { type MetricName, metricUnits } from '../../core/metric-names.ts'
import type { Metrics } from '../../ports.ts'

/** The namespace of all metrics in CloudWatch. */
const NAMESPACE = 'TencentChatStream'

/**
 * Publishes each observation as one line of CloudWatch's embedded metric format on standard output; where nobody reads that
 * format, it is one more JSON line of the log. `serviceName` is a dimension of each.
 */
export const emfMetrics = (serviceName: string): Metrics => ({
  record(values, { dimensions = {}, properties = {} } = {}) {
    const line = new Powertools({ namespace: NAMESPACE, serviceName })
    line.addDimensions({ ...dimensions })
    for (const [name, value] of Object.entries(values)) {
      line.addMetric(name, metricUnits[name as MetricName], value)
    }
    for (const [name, value] of Object.entries(properties)) line.addMetadata(name, value)
    line.publishStoredMetrics()
  },
})
