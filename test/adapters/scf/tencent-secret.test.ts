import { afterEach, describe, expect, it } from 'vitest'
import { secretReader } from '../../../lib/adapters/aws/aws-secrets.ts'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { tc3Client } from '../../../lib/adapters/scf/tc3-client.ts'
import type { Tc3Credentials } from '../../../lib/adapters/scf/tc3-signature.ts'
import { readTencentSecret } from '../../../lib/adapters/scf/tencent-secret.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import { startSsm } from '../../support/tencent-api.ts'

const role = { secretId: 'AKIDrole', secretKey: 'role-secret-key', token: 'role-token' }
const quickClock = { ...systemClock, sleep: async () => {} }
const content = JSON.stringify({ CHAT_SECRET_KEY: 'the-key-of-the-application' })

let ssm: Awaited<ReturnType<typeof startSsm>>
afterEach(() => ssm.close())

const start = async (versions: readonly (readonly [string, string | undefined])[]) => {
  ssm = await startSsm(role, 'chat-dev', new Map(versions))
}
const newCall = (credentials: Tc3Credentials | undefined) =>
  tc3Client({
    service: 'ssm',
    region: 'ap-singapore',
    endpoint: ssm.endpoint,
    readCredentials: () => credentials,
    clock: quickClock,
    random: () => 0.5,
  })
/** Reads the key as a function does whose SECRETS_NAME is this. */
const readKey = (secretsName = 'tencent:chat-dev', call = newCall(role)) => {
  const nobody = () => expect.unreachable('AWS is asked')
  const reader = secretReader({
    env: {},
    secretsName,
    callSecretsManager: nobody,
    callSsm: nobody,
    readTencentSecret: (name) => readTencentSecret(call, name),
    clock: quickClock,
  })
  return reader.read('CHAT_SECRET_KEY')
}
const failureOf = (reading: Promise<unknown>) =>
  reading.then(
    () => expect.unreachable('It was read.'),
    (error: unknown) => error,
  )
const asked = () =>
  ssm.calls.map(({ action, request }) => `${action} ${request['VersionId'] ?? ''}`)

describe('a secret of Tencent Cloud', () => {
  it('is read with one call where it has a current version', async () => {
    await start([['SSM_Current', content]])

    expect(await readKey()).toBe('the-key-of-the-application')
    expect(ssm.calls).toMatchObject([
      { action: 'GetSecretValue', request: { SecretName: 'chat-dev', VersionId: 'SSM_Current' } },
    ])
  })

  it('is read in the version that was made last, where its versions have names', async () => {
    await start([
      ['v1', '{"CHAT_SECRET_KEY":"the-old-one"}'],
      ['v2', content],
    ])

    expect(await readKey()).toBe('the-key-of-the-application')
    expect(asked()).toEqual([
      'GetSecretValue SSM_Current',
      'ListSecretVersionIds ',
      'GetSecretValue v2',
    ])
  })

  it.each([
    ['there is none of that name', 'tencent:another', 'ResourceNotFound'],
    ['it holds no text', 'tencent:chat-dev', 'the secret holds no text'],
  ])('says what is wrong where %s, and nothing of the account', async (_, name, says) => {
    await start([['SSM_Current', undefined]])

    const error = await failureOf(readKey(name))

    expect(String(error)).toContain('SECRETS_NAME: ')
    expect(String(error)).toContain(says)
    expect(String(error)).not.toMatch(/100001|role-secret-key|AKIDrole|role-token/)
  })

  it.each([
    ['its role may not read it', { ...role, secretKey: 'no' }, 'AuthFailure.SignatureFailure'],
    ['it has no role', undefined, 'give the function one'],
  ])('says so where %s', async (_, credentials, says) => {
    await start([['SSM_Current', content]])

    const error = await failureOf(readKey('tencent:chat-dev', newCall(credentials)))

    expect(String(error)).toContain('SECRETS_NAME: ')
    expect(String(error)).toContain(says)
  })

  it('is out of reach where nobody answers, or only later', async () => {
    await start([['SSM_Current', content]])
    ssm.answerInstead(() => ({ code: 'InternalError', message: 'later' }))
    const later = await failureOf(readKey())
    ssm.answerInstead(() => 'nothing')
    const nothing = await failureOf(readKey())

    expect(later).toBeInstanceOf(OutOfReach)
    expect(nothing).toBeInstanceOf(OutOfReach)
    expect(String(nothing)).toContain('secret out of reach: GetSecretValue was answered nothing')
  })
})
