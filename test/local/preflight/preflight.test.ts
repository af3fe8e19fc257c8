import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { startLocalCloud } from '../../../local/cloud/cloud.ts'
import { isHealthy } from '../../../local/doctor/finding.ts'
import { printFinding } from '../../../local/doctor/print.ts'
import { readPreflightOptions } from '../../../local/preflight/options.ts'
import { preflight } from '../../../local/preflight/preflight.ts'
import { endAll, endings, secretKey, startCentres } from '../../support/doctor-world.ts'
import { projectDirectory } from '../../support/service-project.ts'

afterEach(endAll)

const keys = {
  CHAT_SECRET_KEY: secretKey,
  CHAT_CALLBACK_TOKEN: 'the-callback-token',
  REPLIES_API_TOKEN: 'a-token-of-the-api',
}

/** The files of the service, in a directory without any `.env` but those that a test writes. */
const copyOfService = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'preflight-'))
  endings.push(() => rmSync(directory, { recursive: true }))
  for (const file of ['serverless.yml', 'serverless.scf.yml']) {
    cpSync(join(projectDirectory, file), join(directory, file))
  }
  return directory
}

/** AWS with the stage `local` deployed, whose secret is that of every stage. */
const startCloud = async (held: Readonly<Record<string, string>> = keys) => {
  const cloud = await startLocalCloud(projectDirectory, held)
  endings.push(cloud.close)
  return cloud
}

const look = async (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  { directory = copyOfService(), home = 'singapore' as const } = {},
) => {
  const findings = await preflight(readPreflightOptions(args), {
    directory,
    env: { CHAT_SDK_APP_ID: '1400000000', ...env },
    clock: systemClock,
    endpoints: await startCentres(home),
    tell: () => {},
  })
  const shown = findings.map((finding) => printFinding(finding, false)).join('\n')
  for (const secret of [...Object.values(keys), 'short']) expect(shown).not.toContain(secret)
  const verdicts = Object.fromEntries(findings.map(({ id, verdict }) => [id, verdict]))
  const of = (id: string) => findings.find((finding) => finding.id === id)
  return { findings, verdicts, of, healthy: isHealthy({ findings, settings: [] }) }
}

const right = {
  names: 'right',
  variables: 'right',
  secret: 'right',
  store: 'right',
  clock: 'right',
  region: 'right',
  key: 'right',
  admin: 'right',
}

describe('a deployment to AWS', () => {
  it('that has been made before is found right in every part', async () => {
    const { runtime } = await startCloud()

    const { verdicts, of, healthy } = await look(['--stage', 'local'], runtime)

    expect(verdicts).toEqual(right)
    expect(healthy).toBe(true)
    expect(of('store')?.heard).toBe(
      'The table tencent-chat-stream-local-replies is there, with its index.',
    )
    expect(of('secret')?.heard).toContain(
      'tencent-chat-stream/local: CHAT_SECRET_KEY, CHAT_CALLBACK_TOKEN, REPLIES_API_TOKEN.',
    )
  })

  it('that is the first of its stage will make table and queue', async () => {
    const { runtime } = await startCloud()

    const { of, healthy } = await look(['--stage', 'fresh'], runtime)

    expect(healthy).toBe(true)
    expect(of('store')?.heard).toContain('tencent-chat-stream-fresh-replies.fifo will be made.')
  })

  it('hears of everything that is wrong with its variables in one go', async () => {
    const { runtime } = await startCloud()
    const wrong = {
      CHAT_SDK_APP_ID: '',
      CHAT_REGION: 'mars',
      MIN_GAP_MS: 'fast',
      REPLY_SOURCE: 'openai',
      SOURCE_TIMEOUT_MS: '1',
      CALLBACK_IP_LIST: 'yes',
    }

    const { of, verdicts, healthy } = await look(['--stage', 'local'], { ...runtime, ...wrong })

    const lines = of('variables')?.heard.split('\n') ?? []
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual([
      'CALLBACK_IP_LIST',
      'CHAT_REGION',
      'CHAT_SDK_APP_ID',
      'MIN_GAP_MS',
      'OPENAI_MODEL',
      'SOURCE_TIMEOUT_MS',
    ])
    expect(of('variables')?.mend).toContain('.env.local')
    expect(verdicts).toMatchObject({ secret: 'wrong', store: 'right', chat: 'unknown' })
    expect(healthy).toBe(false)
  })

  it('reads the file .env of its stage, as the framework does', async () => {
    const { runtime } = await startCloud()
    const directory = copyOfService()
    writeFileSync(join(directory, '.env'), 'MIN_GAP_MS=fast\n')
    writeFileSync(join(directory, '.env.local'), 'LEASE_MS=short\n')

    const { of } = await look(['--stage', 'local'], runtime, { directory })
    const other = await look(['--stage', 'other'], runtime, { directory })

    expect(of('variables')?.heard).toMatch(/^LEASE_MS must/)
    expect(other.of('variables')?.heard).toMatch(/^MIN_GAP_MS must/)
  })

  it('hears which fields its secret lacks and which are too weak', async () => {
    const { runtime } = await startCloud({
      ...keys,
      CHAT_CALLBACK_TOKEN: '',
      REPLIES_API_TOKEN: 'short',
    })
    const model = { REPLY_SOURCE: 'openai', OPENAI_MODEL: 'm' }

    const { of, verdicts } = await look(['--stage', 'local'], { ...runtime, ...model })

    expect(of('secret')?.heard.split('\n')).toEqual([
      expect.stringMatching(/^CHAT_CALLBACK_TOKEN is missing: the token/),
      expect.stringMatching(/REPLIES_API_TOKEN in the secret must be one token.*16 characters/),
      expect.stringMatching(/^OPENAI_API_KEY is missing/),
    ])
    expect(of('secret')?.mend).toContain('put-secret-value --secret-id tencent-chat-stream/local')
    expect(verdicts).toMatchObject({ chat: 'unknown' })
  })

  it('hears what is wrong with the file of the bots, and which fields of the secret they lack', async () => {
    const { runtime } = await startCloud()
    const directory = copyOfService()
    const bots = join(directory, 'bots.yml')
    const sales = `bots:\n  "@RBT#sales":\n    OPENAI_API_KEY: \${secret:SALES_KEY}\n`
    writeFileSync(bots, `${sales}    MIN_GAP_MS: 100\n`)
    const wrong = await look(['--stage', 'local'], runtime, { directory })
    writeFileSync(bots, sales)
    const lacking = await look(['--stage', 'local'], runtime, { directory })

    expect(wrong.of('bots')).toMatchObject({
      verdict: 'wrong',
      heard: expect.stringContaining('bots.yml:4: @RBT#sales: MIN_GAP_MS'),
    })
    expect(lacking.of('bots')).toMatchObject({ verdict: 'right', heard: 'bots.yml: @RBT#sales.' })
    expect(lacking.of('secret')?.heard).toBe(
      'SALES_KEY is missing: the file of the bots asks for it',
    )
  })

  it('hears of a table that a removed stack has left', async () => {
    const { runtime, sqs } = await startCloud()
    const queue = [...sqs.queues.values()].find(({ url }) => url.endsWith('local-replies.fifo'))
    await sqs.call('AmazonSQS.DeleteQueue', { QueueUrl: queue?.url })

    const { of, healthy } = await look(['--stage', 'local'], runtime)

    expect(of('store')?.mend).toContain(
      'delete-table --table-name tencent-chat-stream-local-replies',
    )
    expect(healthy).toBe(false)
  })

  it('hears where its application lives, and of a name that AWS will not take', async () => {
    const { runtime } = await startCloud()

    const { of } = await look(['--stage', 'local'], { ...runtime, CHAT_REGION: 'tokyo' })
    const long = await look(['--stage', 'x'.repeat(40)], runtime)
    const odd = await look(['--stage', 'local'], { ...runtime, FUNCTION_URL: 'yes' })

    expect(of('region')?.mend).toBe(
      'The application lives in singapore: set CHAT_REGION=singapore.',
    )
    expect(long.of('names')?.heard).toMatch(/has 6\d characters.*at most 64/)
    expect(odd.of('file')?.heard).toContain('functionUrl.yes')
  })

  it('hears that nobody answers', async () => {
    const { runtime } = await startCloud()
    const nobody = 'http://127.0.0.1:1'

    const { of } = await look(['--stage', 'local'], {
      ...runtime,
      AWS_ENDPOINT_URL_DYNAMODB: nobody,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: nobody,
    })

    expect(of('store')).toMatchObject({ verdict: 'wrong', mend: expect.stringMatching(/region/) })
    expect(of('secret')).toMatchObject({ verdict: 'wrong' })
  })
})

describe('a deployment to Tencent SCF', () => {
  const scf = ['--config', 'serverless.scf.yml']
  const complete = {
    ...keys,
    TENCENTCLOUD_SECRET_ID: 'id',
    TENCENTCLOUD_SECRET_KEY: 'key-of-who-deploys',
    TENCENTCLOUD_REGION: 'ap-singapore',
    SCF_ROLE: 'chat-stream',
  }

  it('hears of everything that is missing in one go', async () => {
    const { of, verdicts } = await look(scf, { CHAT_SDK_APP_ID: undefined })

    for (const name of ['TENCENTCLOUD_SECRET_ID', 'SCF_ROLE', 'AWS_REGION', 'CHAT_SECRET_KEY']) {
      expect(of('variables')?.heard).toContain(`${name} is missing: `)
    }
    expect(verdicts).toEqual({ names: 'right', variables: 'wrong', chat: 'unknown' })
  })

  it('is right with its table and its application', async () => {
    const { runtime, tables } = await startCloud()
    const [table] = tables.tables.values()

    const ready = await look(scf, { ...runtime, ...complete, REPLIES_TABLE: table })
    const without = await look(scf, { ...runtime, ...complete, REPLIES_TABLE: 'none' })

    expect(ready.verdicts).toEqual(right)
    expect(without.of('store')).toMatchObject({
      verdict: 'wrong',
      heard: 'There is no table none in this region.',
    })
  })
})
