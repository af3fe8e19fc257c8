/** Who deploys, and where to. */
export interface Access {
  readonly secretId: string
  readonly secretKey: string
  /** Comes with temporary credentials. */
  readonly token?: string
  /** Such as `ap-singapore`. */
  readonly region: string
  /** Used instead of `https://scf.tencentcloudapi.com`. */
  readonly endpoint?: string
}

type Environment = Readonly<Record<string, string | undefined>>

const needed = {
  TENCENTCLOUD_SECRET_ID: 'the SecretId of who deploys (console: Access Management, API Keys)',
  TENCENTCLOUD_SECRET_KEY: 'the SecretKey that belongs to it',
  TENCENTCLOUD_REGION: 'where the functions run, such as ap-singapore',
}

/** What is missing to reach Tencent Cloud, one line for each variable. */
export const missingAccess = (env: Environment): readonly string[] =>
  Object.entries(needed).flatMap(([name, meaning]) =>
    env[name] ? [] : `${name} is missing: ${meaning}`,
  )

/** Reads the variables that `missingAccess` finds there. */
export const accessFrom = (env: Environment): Access => {
  const token = env['TENCENTCLOUD_TOKEN']
  const endpoint = env['SCF_ENDPOINT']
  return {
    secretId: env['TENCENTCLOUD_SECRET_ID'] ?? '',
    secretKey: env['TENCENTCLOUD_SECRET_KEY'] ?? '',
    region: env['TENCENTCLOUD_REGION'] ?? '',
    ...(token ? { token } : {}),
    ...(endpoint ? { endpoint } : {}),
  }
}
