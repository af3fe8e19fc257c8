import { composeSecrets } from '../../lib/compose/secrets.ts'
import { readConfig } from '../../lib/config.ts'
import type { TencentRegion } from '../../lib/core/tencent-endpoints.ts'
import type { CurrentSettings } from './recommend.ts'

/** The application that the environment names, and the settings that the findings bear on. */
export interface DoctorEnvironment {
  readonly sdkAppId: number
  readonly admin: string
  readonly region: TencentRegion
  /** The host that is asked instead of the region's. */
  readonly endpoint?: string
  readonly settings: CurrentSettings
  readonly readSecretKey: (fresh: boolean) => Promise<string>
  /** Tokens that sign callbacks; none where there is none. */
  readonly readCallbackTokens: () => Promise<readonly string[]>
}

type Environment = Readonly<Record<string, string | undefined>>

/** What the functions need and the doctor does not. AWS is asked only for a secret. */
export const unneeded = (env: Environment): Environment => ({
  REPLIES_TABLE: 'none',
  ...(!env['SECRETS_NAME'] && {
    AWS_REGION: 'none',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  }),
})

/** Reads the environment as the functions do. Throws their Error, which names every wrong variable and shows no value. */
export const readDoctorEnvironment = (env: Environment): DoctorEnvironment => {
  const config = readConfig({ ...env, ...unneeded(env) })
  const readSecret = composeSecrets(config)
  const { CHAT_ENDPOINT: endpoint } = config
  return {
    sdkAppId: config.CHAT_SDK_APP_ID,
    admin: config.CHAT_ADMIN,
    region: config.CHAT_REGION,
    ...(endpoint !== undefined && { endpoint }),
    settings: { inDoubt: config.IN_DOUBT, messageBytes: config.MESSAGE_BYTES },
    readSecretKey: async (fresh) => (await readSecret('CHAT_SECRET_KEY', fresh)) ?? '',
    readCallbackTokens: async () => {
      const tokens = env['CHAT_CALLBACK_TOKEN'] || (await readSecret('CHAT_CALLBACK_TOKEN')) || ''
      return tokens.split(',').flatMap((token) => token.trim() || [])
    },
  }
}
