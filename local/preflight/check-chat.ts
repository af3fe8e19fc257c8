import { readConfig } from '../../lib/config.ts'
import type { Clock } from '../../lib/ports.ts'
import { checkApplication, type Endpoints } from '../doctor/check-application.ts'
import type { Finding } from '../doctor/finding.ts'
import type { Environment } from './deployment.ts'
import type { ReadSecret } from './secret-reader.ts'

/** What of the doctor's first look bears on a deployment: a bot may be made afterwards. */
const asked: ReadonlySet<string> = new Set(['clock', 'region', 'key', 'admin', 'service'])

/** Asks the doctor's first questions: does the region know the application, is the key taken, is the administrator one. */
export const checkChat = async (
  told: Environment,
  readSecret: ReadSecret,
  clock: Clock,
  endpoints: Endpoints,
): Promise<readonly Finding[]> => {
  const config = readConfig(told)
  const { CHAT_ENDPOINT: endpoint } = config
  const readSecretKey = async (fresh: boolean): Promise<string> =>
    (await readSecret('CHAT_SECRET_KEY', fresh)) ?? ''
  const environment = {
    sdkAppId: config.CHAT_SDK_APP_ID,
    admin: config.CHAT_ADMIN,
    region: config.CHAT_REGION,
    ...(endpoint !== undefined && { endpoint }),
    readSecretKey,
  }
  const { findings } = await checkApplication(environment, { createRobot: false }, clock, endpoints)
  return findings.filter(({ id }) => asked.has(id))
}
