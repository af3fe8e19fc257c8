import { fieldsOf } from '../../core/json.ts'
import { OutOfReach } from '../../core/out-of-reach.ts'
import type { Tc3Call, Tc3Failure } from './tc3-client.ts'

/** What begins the name of a secret that Tencent Cloud keeps. */
export const TENCENT_SECRET = 'tencent:'

/** How Secrets Manager calls the version of a secret that was never given one, and of those it rotates itself. */
const CURRENT = 'SSM_Current'

type Answer = Awaited<ReturnType<Tc3Call>>

/** The version that was made last (`ListSecretVersionIds`); `undefined` where there is none, or nobody may look. */
const newestVersion = async (call: Tc3Call, name: string): Promise<string | undefined> => {
  const listed = await call('ListSecretVersionIds', { SecretName: name })
  if (!listed.ok || !Array.isArray(listed.value['Versions'])) return undefined
  const versions: readonly unknown[] = listed.value['Versions']
  return versions
    .flatMap((one) => {
      const { VersionId: id, CreateTime: madeAt } = fieldsOf(one)
      return typeof id === 'string' ? [{ id, madeAt: Number(madeAt) }] : []
    })
    .reduce<{ readonly id: string; readonly madeAt: number } | undefined>(
      (newest, one) => (newest === undefined || one.madeAt > newest.madeAt ? one : newest),
      undefined,
    )?.id
}

const versionOf = (call: Tc3Call, name: string, version: string): Promise<Answer> =>
  call('GetSecretValue', { SecretName: name, VersionId: version })

/** Asks for a version by its name only where the current one has none: that is one call more, and one permission. */
const newestValue = async (call: Tc3Call, name: string): Promise<Answer> => {
  const current = await versionOf(call, name, CURRENT)
  const isAbsent =
    !current.ok &&
    current.error.reason === 'refused' &&
    /^(ResourceNotFound|InvalidParameter)/.test(current.error.code)
  if (!isAbsent) return current
  const version = await newestVersion(call, name)
  return version === undefined ? current : versionOf(call, name, version)
}

/**
 * Reads the newest version of a secret of Tencent's Secrets Manager (SSM, 2019-09-23) with the role of the function. Resolves with
 * its text. Throws `OutOfReach` when the service does not answer, and an `Error` that begins with SECRETS_NAME when it says no.
 */
export const readTencentSecret = async (call: Tc3Call, name: string): Promise<unknown> => {
  const answer = await newestValue(call, name)
  if (answer.ok) return answer.value['SecretString']
  throw failed(answer.error)
}

const failed = (failure: Tc3Failure): Error => {
  switch (failure.reason) {
    case 'no-role':
      return new Error('SECRETS_NAME: no role to read the secret with; give the function one.')
    case 'refused':
      return new Error(
        `SECRETS_NAME: the service answered ${failure.code}; check name and permission.`,
      )
    case 'unreachable':
      return new OutOfReach(
        'secret',
        `GetSecretValue was answered ${failure.answer}, tried ${failure.tries} times`,
      )
  }
}
