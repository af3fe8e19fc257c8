/** @typedef {import('../types.d.ts').Environment} Environment */

const needed = {
  TENCENTCLOUD_SECRET_ID: 'the SecretId of who deploys (console: Access Management, API Keys)',
  TENCENTCLOUD_SECRET_KEY: 'the SecretKey that belongs to it',
}

/**
 * What is missing to reach Tencent Cloud, one line for each variable.
 * @param {Environment} env
 * @param {string} region
 * @returns {readonly string[]}
 */
export const missingAccess = (env, region) => [
  ...Object.entries(needed).flatMap(([name, meaning]) =>
    env[name] ? [] : [`${name} is missing: ${meaning}`],
  ),
  ...(region
    ? []
    : ['TENCENTCLOUD_REGION is missing: where the functions run, such as ap-singapore']),
]

/**
 * Reads the variables that `missingAccess` finds there.
 * @param {Environment} env
 * @param {string} region
 * @returns {import('../types.d.ts').Access}
 */
export const accessFrom = (env, region) => {
  const token = env['TENCENTCLOUD_TOKEN']
  const endpoint = env['SCF_ENDPOINT']
  const logsEndpoint = env['CLS_ENDPOINT']
  return {
    secretId: env['TENCENTCLOUD_SECRET_ID'] ?? '',
    secretKey: env['TENCENTCLOUD_SECRET_KEY'] ?? '',
    region,
    ...(token ? { token } : {}),
    ...(endpoint ? { endpoint } : {}),
    ...(logsEndpoint ? { logsEndpoint } : {}),
  }
}
