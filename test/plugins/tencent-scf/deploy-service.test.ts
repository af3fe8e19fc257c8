import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deployService } from '../../../plugins/tencent-scf/deploy/deploy-service.js'
import { removeService } from '../../../plugins/tencent-scf/deploy/remove-service.js'
import type { Service, WantedFunction } from '../../../plugins/tencent-scf/types.d.ts'
import { startScfApi } from '../../support/scf-api-stand-in.ts'
import { deployEnvironment, deployer, deploySecrets } from '../../support/scf-deployment.ts'
import {
  planScfService,
  readScfService,
  saidByFailure,
  scfTarget,
} from '../../support/scf-service.ts'

let service: Service
let plan: readonly WantedFunction[]
beforeAll(async () => {
  service = await readScfService(deployEnvironment)
  plan = await planScfService(service, deployEnvironment)
}, 60_000)

let scf: Awaited<ReturnType<typeof startScfApi>>
let said: string[]
beforeEach(async () => {
  scf = await startScfApi(deployer)
  said = []
})
afterEach(() => scf.close())

const target = (env?: Readonly<Record<string, string>>) => scfTarget(scf.endpoint, env)
const deploy = (wanted = plan, env?: Readonly<Record<string, string>>) =>
  deployService(target(env), wanted, (line) => said.push(line))
const remove = () =>
  removeService(
    target(),
    plan.map(({ name }) => name),
    (line) => said.push(line),
  )
const names = () => plan.map(({ name }) => name)
const named = (key: string): WantedFunction => {
  const found = plan.find((one) => one.key === key)
  if (found === undefined) throw new Error(`no ${key} in serverless.yml`)
  return found
}

describe('a deployment to SCF', () => {
  it('creates every function of serverless.yml as it stands there, with what calls it', async () => {
    const urls = await deploy()

    expect([...scf.functions.keys()].sort()).toEqual(names().toSorted())
    expect(scf.functions.get('tencent-chat-stream-dev-replies')).toMatchObject({
      files: ['replies.js'],
      settings: {
        Handler: 'replies.handler',
        Runtime: 'Nodejs18.15',
        Type: 'Event',
        Timeout: 29,
        MemorySize: 256,
        Role: 'chat-stream',
      },
    })
    expect(scf.functions.get('tencent-chat-stream-dev-worker')?.settings['Timeout']).toBe(300)
    expect(urls['replies']).toBe(
      'https://1300000000-tencent-chat-stream-dev-replies.ap-singapore.tencentscf.com',
    )
    const triggers = (key: string) => [
      ...(scf.functions.get(named(key).name)?.triggers.values() ?? []),
    ]
    expect(triggers('replies')).toMatchObject([{ Type: 'http', Qualifier: '$DEFAULT', Enable: 1 }])
    expect(triggers('sweeper')).toMatchObject([
      { Type: 'timer', TriggerDesc: '{"cron":"0 * * * * * *"}', Enable: 1 },
    ])
    expect(triggers('worker')).toEqual([])
  })

  it('creates the worker before anybody who calls it', async () => {
    await deploy()

    expect(scf.writes()[0]).toBe('CreateFunction tencent-chat-stream-dev-worker')
  })

  it('changes nothing the second time', async () => {
    const first = await deploy()
    scf.writes()

    const second = await deploy()

    expect(scf.writes()).toEqual([])
    expect(second).toEqual(first)
    expect(said.slice(-plan.length).every((line) => line.endsWith('  unchanged'))).toBe(true)
  })

  it('changes the code of the function whose code is new, and publishes a version', async () => {
    await deploy()
    scf.writes()
    const worker = named('worker')
    const digest = 'd'.repeat(64)
    const variables = { ...worker.variables, DEPLOYED_DIGEST: digest }

    await deploy(plan.map((one) => (one === worker ? { ...one, digest, variables } : one)))

    expect(scf.writes()).toEqual([
      `UpdateFunctionCode ${worker.name}`,
      `UpdateFunctionConfiguration ${worker.name}`,
      `PublishVersion ${worker.name}`,
      `UpdateAlias ${worker.name}`,
    ])
    expect(said).toContain(`${worker.name}  code`)
  })

  it('is done all the same where no more versions may be published', async () => {
    await deploy()
    scf.answerInstead(({ action }) =>
      action === 'PublishVersion' ? { code: 'LimitExceeded.Version', message: 'full' } : undefined,
    )

    await deploy(await planScfService(service, { ...deployEnvironment, NOTICE_EMPTY: '…' }))
    await deploy(await planScfService(service, { ...deployEnvironment, NOTICE_EMPTY: '…' }))

    expect(said).toContain(
      `${named('replies').name}  settings, no version published, since the quota of versions is used up`,
    )
    expect(said.slice(-plan.length).every((line) => line.endsWith('  unchanged'))).toBe(true)
  })

  it('changes the settings alone where only a variable is new', async () => {
    await deploy()
    scf.writes()

    await deploy(await planScfService(service, { ...deployEnvironment, NOTICE_EMPTY: '…' }))

    const writes = scf.writes()
    expect(writes).toContain(`UpdateFunctionConfiguration ${named('replies').name}`)
    await deploy()
    expect(scf.writes()).toEqual(writes)
    expect(writes.filter((write) => write.startsWith('UpdateFunctionCode'))).toEqual([])
  })

  it('goes on where it was interrupted', async () => {
    scf.answerInstead(({ action }) =>
      action === 'CreateTrigger' ? { code: 'InternalError', message: 'try later' } : undefined,
    )
    await saidByFailure(deploy())
    scf.answerInstead(() => undefined)

    await deploy()
    scf.writes()
    await deploy()

    expect(scf.writes()).toEqual([])
    expect(scf.functions.size).toBe(plan.length)
  })

  it('mends a URL that was closed, and keeps its name', async () => {
    const { replies } = await deploy()
    const trigger = scf.functions.get(named('replies').name)?.triggers.get('url') ?? {}
    trigger['TriggerDesc'] = String(trigger['TriggerDesc']).replace('NONE', 'CAM')
    scf.writes()

    const again = await deploy()

    expect(scf.writes()).toEqual([`UpdateTrigger ${named('replies').name}`])
    expect(again['replies']).toBe(replies)
  })

  it('waits where calls come too often', async () => {
    let refusals = 2
    scf.answerInstead(() => {
      refusals -= 1
      return refusals < 0 ? undefined : { code: 'RequestLimitExceeded', message: 'slowly' }
    })

    await deploy()

    expect(scf.functions.size).toBe(plan.length)
  })
})

describe('a removal from SCF', () => {
  it('takes away every function and trigger, and says so where nothing is left', async () => {
    await deploy()
    said = []

    await remove()
    const first = said.splice(0)
    await remove()

    expect(scf.functions.size).toBe(0)
    expect(first).toEqual(names().map((name) => `${name}  removed`))
    expect(said).toEqual(names().map((name) => `${name}  was not there`))
  })
})

describe('a deployment that fails', () => {
  it.each([
    [
      'another secret key',
      { TENCENTCLOUD_SECRET_KEY: 'wrong-key' },
      'TENCENTCLOUD_SECRET_KEY does not',
    ],
    [
      'an unknown id',
      { TENCENTCLOUD_SECRET_ID: 'AKIDnobody' },
      'nobody knows this TENCENTCLOUD_SECRET_ID',
    ],
    ['another region', { TENCENTCLOUD_REGION: 'ap-nowhere' }, 'TENCENTCLOUD_REGION is no region'],
  ])('names the variable to mend: %s', async (_, env, advice) => {
    const said = await saidByFailure(deploy(plan, env))

    expect(said).toContain('GetFunction was answered')
    expect(said).toContain(advice)
    for (const secret of deploySecrets) expect(said).not.toContain(secret)
  })

  it.each([
    ['UnauthorizedOperation.CAM', 'allow scf:CreateFunction'],
    ['InvalidParameterValue.Role', 'the role that SCF_ROLE names'],
    ['LimitExceeded.Function', 'a quota is used up'],
  ])('says what to do about %s', async (code, advice) => {
    scf.answerInstead(({ action }) =>
      action === 'CreateFunction'
        ? { code, message: `because of ${deployer.secretKey}` }
        : undefined,
    )

    const said = await saidByFailure(deploy())

    expect(said).toContain(`CreateFunction was answered ${code}: because of …`)
    expect(said).toContain(advice)
  })

  it('says that nobody was reached', async () => {
    await scf.close()

    const said = await saidByFailure(deploy())

    expect(said).toContain('Tencent Cloud was not reached')
  })
})
