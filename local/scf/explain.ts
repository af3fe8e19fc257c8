import { ScfRefusal } from './scf-api.ts'

/** What to do about a refusal; the first pattern that its code matches says it. `$action` stands for the action. */
const advice: readonly (readonly [RegExp, string])[] = [
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
    'who deploys may not do that: allow scf:$action (docs/scf.md, "Permissions")',
  ],
  [
    /Role/,
    'the role that SCF_ROLE names is not there, or SCF may not take it: docs/scf.md, "Permissions"',
  ],
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

/** An error as whoever deploys needs it: what was asked, what was answered, and what to do. None of `secrets` is in it. */
export const explain = (error: unknown, secrets: readonly (string | undefined)[]): string => {
  const said = error instanceof ScfRefusal ? sayRefusal(error) : sayError(error)
  return secrets
    .filter((secret) => secret !== undefined && secret.length > 3)
    .reduce<string>((shown, secret) => shown.replaceAll(secret ?? '', '…'), said)
}

const sayRefusal = ({ action, code, message }: ScfRefusal): string => {
  const [, what] = advice.find(([pattern]) => pattern.test(code)) ?? []
  const answered = `${action} was answered ${[code, message].filter(Boolean).join(': ')}`
  return what === undefined ? answered : `${answered}\n${what.replace('$action', action)}`
}

const sayError = (error: unknown): string =>
  error instanceof Error ? error.message : 'unknown error'
