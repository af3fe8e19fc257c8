import type { KnownCaller } from './tc3-check.ts'
import { Refusal, startTencentApi } from './tencent-api.ts'

/** Tencent's Secrets Manager (SSM, 2019-09-23) with one secret; its versions from the oldest to the newest. */
export const startSsm = (
  caller: KnownCaller,
  name: string,
  versions: ReadonlyMap<string, string | undefined>,
) => {
  const check = (asked: unknown): void => {
    if (asked !== name)
      throw new Refusal('ResourceNotFound', 'The secret of uin 100001 is not there')
  }
  return startTencentApi(caller, {
    service: 'ssm',
    version: '2019-09-23',
    required: { GetSecretValue: ['SecretName', 'VersionId'], ListSecretVersionIds: ['SecretName'] },
    actions: {
      GetSecretValue: ({ SecretName, VersionId }) => {
        check(SecretName)
        const version = String(VersionId)
        if (!versions.has(version)) throw new Refusal('ResourceNotFound')
        return { SecretName, VersionId, SecretBinary: '', SecretString: versions.get(version) }
      },
      ListSecretVersionIds: ({ SecretName }) => {
        check(SecretName)
        const ids = [...versions.keys()]
        // In no order that anybody promises.
        const listed = ids.map((VersionId, n) => ({ VersionId, CreateTime: 1_700_000_000 + n }))
        return { Versions: listed.toReversed() }
      },
    },
  })
}
