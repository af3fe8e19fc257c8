/**
 * Searches of the log in CLS (search and SQL, document 614/44063). The functions print each figure as a line of JSON, which SCF puts
 * into `SCF_Message`.
 */

/** @param {string} name */
const field = (name) => `json_extract_scalar(SCF_Message, '$.${name}')`

/** @param {string} name */
const figure = (name) => `try_cast(${field(name)} as double)`

/** The metrics of one service. @param {string} service */
const lines = (service) => ({
  search: 'SCF_Message:"TencentChatStream"',
  where: `${field('service')} = '${service}'`,
})

/** @typedef {'sum' | 'max' | 'p50' | 'p95' | 'p99'} Statistic */

/** @type {Readonly<Record<Statistic, (value: string) => string>>} */
const statistics = {
  sum: (value) => `sum(${value})`,
  max: (value) => `max(${value})`,
  p50: (value) => `approx_percentile(${value}, 0.5)`,
  p95: (value) => `approx_percentile(${value}, 0.95)`,
  p99: (value) => `approx_percentile(${value}, 0.99)`,
}

const minute = 'histogram(cast(__TIMESTAMP__ as timestamp), interval 1 minute) as time'

/** @typedef {readonly [metric: string, statistic: Statistic]} Curve */

/**
 * Curves over time, a column for each.
 * @param {string} service
 * @param {readonly Curve[]} curves
 */
export const overTime = (service, curves) => {
  const { search, where } = lines(service)
  const columns = curves.map(
    ([metric, statistic]) => `${statistics[statistic](figure(metric))} as "${metric} ${statistic}"`,
  )
  return `${search} | select ${[minute, ...columns].join(', ')} where ${where} group by time order by time limit 1000`
}

/**
 * One curve for each value of a dimension, such as the code of a refusal.
 * @param {string} service
 * @param {string} metric
 * @param {string} dimension
 */
export const overTimeBy = (service, metric, dimension) => {
  const { search, where } = lines(service)
  const columns = `${minute}, ${field(dimension)} as "${metric}", sum(${figure(metric)}) as value`
  return `${search} | select ${columns} where ${where} and ${field(metric)} is not null group by time, "${metric}" order by time limit 1000`
}

/**
 * One number, named `value`, for an alarm.
 * @param {string} service
 * @param {Curve} curve
 */
export const inAll = (service, [metric, statistic]) => {
  const { search, where } = lines(service)
  return `${search} | select coalesce(${statistics[statistic](figure(metric))}, 0) as value where ${where}`
}
