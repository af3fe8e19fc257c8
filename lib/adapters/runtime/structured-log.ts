import { Logger } from '@aws-lambda-powertools/logger'
import type { Log } from '../../ports.ts'

/** One JSON line for each event, on standard output; `POWERTOOLS_LOG_LEVEL` says from which level on. */
export const structuredLog = (serviceName: string): Log => {
  const logger = new Logger({ serviceName })
  return {
    info: (event, fields = {}) => logger.info(event, { ...fields }),
    warn: (event, fields = {}) => logger.warn(event, { ...fields }),
  }
}
