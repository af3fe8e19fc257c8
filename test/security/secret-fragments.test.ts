import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { readAwsError } from '../../lib/adapters/aws/aws-error.ts'
import { secretReader } from '../../lib/adapters/aws/aws-secrets.ts'
import { keepSecret, withoutSecrets } from '../../lib/adapters/runtime/known-secrets.ts'
import { structuredLog } from '../../lib/adapters/runtime/structured-log.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { sourceFailed } from '../../lib/adapters/sources/source-failed.ts'
import { tencentChatApi } from '../../lib/adapters/tencent/tencent-chat-api.ts'
import { tencentHttp } from '../../lib/adapters/tencent/tencent-http.ts'
import { userSigner } from '../../lib/adapters/tencent/user-sig.ts'
import { fragmentsOf, withoutFragments } from '../../lib/core/text/without-fragments.ts'
import { captureOutput } from '../support/captured-output.ts'
import { serveOn } from '../support/serve-on.ts'

const endings: (() => unknown)[] = []
afterEach(() => {
  for (const end of endings.splice(0)) end()
})

/** The parts of a secret that a text shows, by its shortest ones that tell anything. */
const shownOf = (secret: string, text: string): readonly string[] =>
  fragmentsOf(secret, 8).filter((fragment) => text.includes(fragment))

/** Tencent, saying of each call what `info` makes of its signature. */
const startService = async (info: (userSig: string) => string) => {
  const signatures: string[] = []
  const { url, close } = await serveOn((request, response) => {
    const userSig = new URL(request.url ?? '', 'http://host').searchParams.get('usersig') ?? ''
    signatures.push(userSig)
    const answer = { ActionStatus: 'FAIL', ErrorCode: 10004, ErrorInfo: info(userSig) }
    response.end(JSON.stringify(answer))
  })
  endings.push(close)
  return { baseUrl: url, signatures }
}

const secretKey = randomBytes(32).toString('hex')

const sendTo = async (baseUrl: string) => {
  const application = { sdkAppId: 1_400_000_000, admin: 'administrator' }
  const readSecretKey = async () => secretKey
  const signer = userSigner({ ...application, readSecretKey, clock: systemClock })
  const transport = tencentHttp({ ...application, baseUrl, signer, random: Math.random })
  const api = tencentChatApi(transport, { forgetSignature: signer.forget, clock: systemClock })
  const chunk = { from: '@RBT#bot', to: 'user', text: 'Hello', finish: true }
  return JSON.stringify(await api.sendChunk(chunk))
}

describe('what Tencent says of a call', () => {
  it.each<readonly [string, (userSig: string) => string]>([
    ['the middle of the signature', (userSig) => `sig [${userSig.slice(40, 90)}] is wrong`],
    ['the end of it', (userSig) => `…${userSig.slice(-60)}`],
    ['eight characters of it', (userSig) => `near ${userSig.slice(71, 79)}: wrong`],
    ['all of it, in pieces', (userSig) => (userSig.match(/.{1,20}/g) ?? []).join(' / ')],
    ['the key', () => `expected ${secretKey.slice(3, 40)}`],
  ])('is shown without %s', async (_name, info) => {
    const service = await startService(info)

    const shown = await sendTo(service.baseUrl)

    const [userSig = ''] = service.signatures
    expect(userSig.length).toBeGreaterThan(100)
    expect(shown).toContain('Tencent says: ')
    expect([...shownOf(userSig, shown), ...shownOf(secretKey, shown)]).toEqual([])
  })
})

describe('a secret that was read', () => {
  const token = randomBytes(24).toString('base64')

  it('is shown neither by AWS, nor by a source, nor by the log itself, not even in part', async () => {
    const refused = (): never => {
      throw new Error('not asked')
    }
    const services = { callSecretsManager: refused, callSsm: refused, readTencentSecret: refused }
    const clients = { ...services, clock: systemClock }
    const env = { REPLIES_API_TOKEN: `old-${token}, ${token}` }
    await secretReader({ env, ...clients }).read('REPLIES_API_TOKEN')
    const part = token.slice(5, 20)
    const text = JSON.stringify({ message: `no ${part} here`, __type: 'X' })

    const shown = [
      readAwsError('Service.Call', { status: 400, type: null, text }).message,
      sourceFailed(`answered ${part}/plain`).failure.detail,
      encodeURIComponent(token),
    ].map((each) => withoutSecrets(each))
    const output = captureOutput()
    structuredLog('some-service').warn('broken', { error: `at ${part}`, deep: [{ of: token }] })
    const lines = output.lines()
    output.release()

    expect(shown).toEqual(['Service.Call answered X (400) no … here', 'answered …/plain', '…'])
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { message: 'broken', error: 'at …', deep: [{ of: '…' }] },
    ])
  })

  it('is remembered beside many later ones, and words of fewer than eight characters are not', () => {
    for (let n = 0; n < 30; n += 1) keepSecret(randomBytes(24).toString('base64'))
    keepSecret('ollama')

    expect(withoutSecrets(`ollama says ${token.slice(0, 8)}`)).toBe('ollama says …')
  })

  it('is looked for in time that grows with the text alone', () => {
    const text = 'a'.repeat(2_000_000)
    let looked = 0
    const fragments = new Set(['aaaaaaab'])
    const counting: ReadonlySet<string> = Object.assign(Object.create(fragments), {
      has: (fragment: string) => {
        looked += 1
        return fragments.has(fragment)
      },
    })

    expect(withoutFragments(text, counting, 8)).toBe(text)
    expect(looked).toBeLessThanOrEqual(text.length)
  })
})
