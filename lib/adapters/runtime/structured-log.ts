import { Logger } from '@aws-lambda-powertools/logger'
import { isObject } from '../../core/json.ts'
import type { Log } from '../../ports.ts'
import { withoutSecrets } from './known-secrets.ts'

const cleaned = (value: unknown): unknown => {
  if (typeof value === 'string') return withoutSecrets(value)
  if (Array.isArray(value)) return value.map(cleaned)
  return isObject(value) ? cleanedFields(value) : value
}

const cleanedFields = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cleaned(value)]))

/**
 * One JSON line for each event, on standard output, without any known secret; `POWERTOOLS_LOG_LEVEL` says from which level
 * on.
 */
export const structuredLog = (serviceName: string): Log => {
  const logger = new Logger({ serviceName })
  return {
    info: (event, fields = {}) => logger.info(event, cleanedFields(fields)),
    warn: (event, fields = {}) => logger.warn(event, cleanedFields(fields)),
  }
}
