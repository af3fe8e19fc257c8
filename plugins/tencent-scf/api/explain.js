import { Refusal } from './refusal.js'

/**
 * What to do about a refusal; the first pattern that its code matches says it. `$action` stands for the action,
 * as a policy names it.
 * @type {readonly (readonly [RegExp, string])[]}
 */
const advice = [
  [
    /^AuthFailure\.(SecretIdNotFound|InvalidSecretId)/,
    'nobody knows this TENCENTCLOUD_SECRET_ID: look at Access Management, API Keys',
  ],
  [
    /^AuthFailure\.Signature(Failure|Expire)/,
    "TENCENTCLOUD_SECRET_KEY does not belong to TENCENTCLOUD_SECRET_ID, or this machine's clock is wrong",
  ],
  [/^AuthFailure\.TokenFailure/, 'TENCENTCLOUD_TOKEN has run out: get new temporary credentials'],
  [
    /^AuthFailure|^UnauthorizedOperation(?!\.(Role|Region))/,
    'who deploys may not do that: allow $action (docs/scf.md, "Permissions")',
  ],
  [
    /Role/,
    'the role that SCF_ROLE names is not there, or SCF may not take it: docs/scf.md, "Permissions"',
  ],
  [
    /Vpc|Subnet/,
    'SCF_VPC_ID and SCF_SUBNET_ID must name a network of this region and a subnet in it, in a zone where SCF runs',
  ],
  [
    /Cls|Topic|Logset/,
    'SCF_CLS_LOGSET_ID and SCF_CLS_TOPIC_ID must name a logset and a topic in it',
  ],
  [/DeadLetter|Cmq|CMQ/, 'SCF_DEAD_LETTER must name a queue or a topic that is there'],
  [
    /Region/,
    'TENCENTCLOUD_REGION is no region where SCF runs for this account, such as ap-singapore',
  ],
  [
    /^LimitExceeded|^ResourcesSoldOut|^ResourceInsufficient/,
    'a quota is used up: delete what is not needed, or ask for more (console: Serverless, Overview)',
  ],
  [/^FailedOperation\.(InsufficientBalance|Overdue)|^ResourceUnavailable/, 'top up the account'],
  [/Runtime/, 'SCF does not offer this runtime in the region'],
  [/^$/, 'Tencent Cloud was not reached: check the network, or SCF_ENDPOINT where it is set'],
]

/**
 * An error as whoever deploys needs it: what was asked, what was answered, and what to do. None of `secrets` is in it.
 * @param {unknown} error
 * @param {readonly (string | undefined)[]} secrets
 * @returns {string}
 */
export const explain = (error, secrets) => {
  const said = error instanceof Refusal ? sayRefusal(error) : sayError(error)
  return secrets.reduce(
    (/** @type {string} */ shown, secret) =>
      secret !== undefined && secret.length > 3 ? shown.replaceAll(secret, '…') : shown,
    said,
  )
}

/** @param {Refusal} refusal */
const sayRefusal = ({ product, action, code, message }) => {
  const [, what] = advice.find(([pattern]) => pattern.test(code)) ?? []
  const answered = `${action} was answered ${[code, message].filter(Boolean).join(': ')}`
  return what === undefined
    ? answered
    : `${answered}\n${what.replace('$action', `${product}:${action}`)}`
}

/** @param {unknown} error */
const sayError = (error) => (error instanceof Error ? error.message : 'unknown error')

/** Names of variables whose values nobody shall read. */
const secretName = /SECRET|TOKEN|KEY|PASSWORD|MYSQL_URL/

/**
 * The values that no message may show.
 * @param {import('../types.d.ts').Environment} env
 */
export const secretsOf = (env) =>
  Object.entries(env).flatMap(([name, value]) =>
    secretName.test(name) ? [value ?? '', ...(value ?? '').split(',')] : [],
  )
