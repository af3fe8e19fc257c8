import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deployService } from '../../../plugins/tencent-scf/deploy/deploy-service.js'
import type { WantedFunction } from '../../../plugins/tencent-scf/types.d.ts'
import { startScfApi } from '../../support/scf-api-stand-in.ts'
import { deployEnvironment, deployer } from '../../support/scf-deployment.ts'
import {
  planScfService,
  readScfService,
  saidByFailure,
  scfTarget,
} from '../../support/scf-service.ts'

let worker: WantedFunction
beforeAll(async () => {
  const plan = await planScfService(await readScfService(deployEnvironment), deployEnvironment)
  worker = plan.find(({ key }) => key === 'worker') ?? expect.unreachable()
}, 60_000)

let scf: Awaited<ReturnType<typeof startScfApi>>
let said: string[]
beforeEach(async () => {
  scf = await startScfApi(deployer)
  said = []
})
afterEach(() => scf.close())

const deploy = (wanted: Partial<WantedFunction> = {}) =>
  deployService(scfTarget(scf.endpoint), [{ ...worker, ...wanted }], (line) => said.push(line))
const kept = () => scf.functions.get(worker.name) ?? expect.unreachable()
const settings = () => kept().settings
/** The worker with another variable. */
const saying = (notice: string) => ({ variables: { ...worker.variables, NOTICE_EMPTY: notice } })
const variableOf = (version: string) =>
  JSON.stringify(kept().published.get(Number(version))?.settings['Environment'])

describe('what callers reach', () => {
  it('is one published version, from the first deployment on', async () => {
    await deploy()

    expect(kept().live).toBe('1')
  })

  it.each(['UpdateFunctionCode', 'UpdateFunctionConfiguration', 'PublishVersion', 'UpdateAlias'])(
    'stays what it was where %s fails, and the next deployment goes on from there',
    async (broken) => {
      await deploy()
      const changed = { ...saying('new'), digest: 'e'.repeat(64) }
      const variables = { ...changed.variables, DEPLOYED_DIGEST: changed.digest }
      scf.answerInstead(({ action }) =>
        action === broken ? { code: 'InternalError', message: 'broken' } : undefined,
      )

      const failure = await saidByFailure(deploy({ ...changed, variables }))
      const meanwhile = kept().live
      scf.answerInstead(() => undefined)
      await deploy({ ...changed, variables })

      expect(failure).toContain(`${broken} was answered InternalError: broken`)
      expect(said.join('\n')).toContain('calls go where they went before')
      expect(meanwhile).toBe('1')
      expect(variableOf('1')).not.toContain('"new"')
      expect(variableOf(kept().live)).toContain('"new"')
      expect(kept().published.size).toBe(2)
    },
  )

  it('goes forward again after somebody went back', async () => {
    await deploy()
    await deploy(saying('new'))
    kept().live = '1'
    scf.writes()

    await deploy(saying('new'))

    expect(scf.writes()).toEqual([`UpdateAlias ${worker.name}`])
    expect(kept().live).toBe('2')
    expect(said.at(-1)).toBe(`${worker.name}  calls go to the newest version again`)
  })

  it('leaves ten versions to go back to, and never the one that is in use', async () => {
    for (let n = 0; n < 14; n += 1) {
      await deploy(saying(String(n)))
    }

    expect([...kept().published.keys()]).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    expect(kept().live).toBe('14')
  })

  it('may be half of a deployment only where no version may be published', async () => {
    scf.answerInstead(({ action }) =>
      action === 'PublishVersion' ? { code: 'LimitExceeded.Version', message: 'full' } : undefined,
    )

    await deploy()

    expect(kept().live).toBe('$LATEST')
  })
})

describe('what a function is given beside its code', () => {
  it('is a network, from which Tencent Chat is reached all the same, until nobody wants it', async () => {
    const vpc = { vpcId: 'vpc-1', subnetId: 'subnet-1' }
    await deploy()
    const without = settings()['VpcConfig']
    await deploy({ vpc })
    const within = { ...settings() }
    await deploy({ vpc })
    const again = said.at(-1)
    await deploy()

    expect(without).toBeUndefined()
    expect(within).toMatchObject({
      VpcConfig: { VpcId: 'vpc-1', SubnetId: 'subnet-1' },
      PublicNetConfig: { PublicNetStatus: 'ENABLE' },
    })
    expect(again).toBe(`${worker.name}  unchanged`)
    expect(settings()['VpcConfig']).toEqual({ VpcId: '', SubnetId: '' })
  })

  it('is a place for its log, its own where none is named', async () => {
    await deploy()
    const own = settings()['ClsTopicId']
    await deploy({ logs: { logsetId: 'logset-1', topicId: 'topic-1' } })

    expect(own).toBe('topic-of-scf')
    expect(settings()).toMatchObject({ ClsLogsetId: 'logset-1', ClsTopicId: 'topic-1' })
  })

  it('is a place for invocations that failed for good', async () => {
    const deadLetter = { type: 'CMQ-QUEUE', name: 'failed' } as const
    await deploy({ deadLetter })
    await deploy({ deadLetter })

    expect(settings()['DeadLetterConfig']).toEqual({ Type: 'CMQ-QUEUE', Name: 'failed' })
    expect(said.at(-1)).toBe(`${worker.name}  unchanged`)
  })

  it('is its own instances, as memory, until they are given back', async () => {
    await deploy({ reservedInstances: 40 })
    const reservedMb = kept().reservedMb
    await deploy({ reservedInstances: 40 })
    const again = said.at(-1)
    await deploy()
    const untouched = kept().reservedMb
    await deploy({ reservedInstances: 0 })

    expect(reservedMb).toBe(40 * 512)
    expect(again).toBe(`${worker.name}  unchanged`)
    expect(untouched).toBe(40 * 512)
    expect(kept().reservedMb).toBe(0)
  })

  it('cannot be another runtime', async () => {
    await deploy()

    const failure = await saidByFailure(deploy({ runtime: 'Nodejs20.19' }))

    expect(failure).toContain('runs on Nodejs18.15, and serverless.scf.yml wants Nodejs20.19')
    expect(kept().live).toBe('1')
  })
})
