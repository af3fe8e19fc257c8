import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Service, WantedFunction } from '../../../plugins/tencent-scf/types.d.ts'
import { deployEnvironment, deployer } from '../../support/scf-deployment.ts'
import { planScfService, readScfService } from '../../support/scf-service.ts'
import { projectDirectory } from '../../support/service-project.ts'

let service: Service
let plan: readonly WantedFunction[]
beforeAll(async () => {
  service = await readScfService(deployEnvironment)
  plan = await planScfService(service, deployEnvironment)
}, 60_000)

const named = (key: string): WantedFunction =>
  plan.find((one) => one.key === key) ?? expect.unreachable(`no ${key} in serverless.scf.yml`)

describe('a plan', () => {
  const problemsOf = (env: Readonly<Record<string, string>>, described = service) =>
    planScfService(described, env).then(
      () => '',
      (error: unknown) => String(error),
    )

  it('names everything that is missing, each once', async () => {
    const said = await problemsOf({}, { ...service, region: '', role: '' })

    const lines = said.split('\n').slice(1)
    expect(new Set(lines).size).toBe(lines.length)
    expect(lines.map((line) => line.trim().split(' ')[0])).toEqual(
      expect.arrayContaining([
        'TENCENTCLOUD_SECRET_ID',
        'TENCENTCLOUD_SECRET_KEY',
        'TENCENTCLOUD_REGION',
        'SCF_ROLE',
        'CHAT_SECRET_KEY',
        'AWS_REGION',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
      ]),
    )
  })

  it('takes no credentials that run out', async () => {
    const said = await problemsOf({ ...deployEnvironment, AWS_SESSION_TOKEN: 'session-token' })

    expect(said).toContain('AWS_SESSION_TOKEN is set')
    expect(said).not.toContain('session-token')
  })

  it('says where the variables are more than SCF takes', async () => {
    const said = await problemsOf({ ...deployEnvironment, SYSTEM_PROMPT: 'x'.repeat(4_000) })

    expect(said).toMatch(/the variables of worker have \d+ bytes, and SCF takes 4000/)
  })

  it('gives each function what it reads, and nothing of whoever deploys', () => {
    const replies = named('replies').variables
    expect(replies).toMatchObject({
      CHAT_SDK_APP_ID: '1400000000',
      CHAT_REGION: 'singapore',
      LEASE_MS: '15000',
      WORKER_FUNCTION: 'tencent-chat-stream-dev-worker',
      WORKER_REGION: 'ap-singapore',
    })
    expect(replies).not.toHaveProperty('REPLIES_QUEUE_URL')
    expect(replies).not.toHaveProperty('OPENAI_API_KEY')
    expect(named('worker').variables).toHaveProperty('OPENAI_API_KEY')
    for (const { variables } of plan) {
      expect(JSON.stringify(variables)).not.toContain(deployer.secretKey)
    }
  })

  it('makes the same archive of the same code', async () => {
    const again = await planScfService(service, deployEnvironment)

    expect(again.map(({ digest }) => digest)).toEqual(plan.map(({ digest }) => digest))
  })

  it('has every function of serverless.yml, with its time-out, memory and description', async () => {
    const { functions, provider } = parse(
      readFileSync(join(projectDirectory, 'serverless.yml'), 'utf8'),
      { logLevel: 'silent', merge: true },
    )

    expect(plan.map(({ key }) => key)).toEqual(Object.keys(functions))
    for (const { key, timeoutSeconds, memoryMb, description } of plan) {
      expect({ timeoutSeconds, memoryMb }).toEqual({
        timeoutSeconds: functions[key].timeout,
        memoryMb: functions[key].memorySize ?? provider.memorySize,
      })
      expect(description).toBe(functions[key].description.replace(/[^A-Za-z ,.]/g, ''))
    }
  })

  it('asks for both halves of a network and of a place of the log', async () => {
    const half = { vpc: { vpcId: 'vpc-1', subnetId: '' }, logs: { logsetId: '', topicId: 't' } }

    const said = await problemsOf(deployEnvironment, { ...service, ...half })

    expect(said).toContain('SCF_VPC_ID and SCF_SUBNET_ID go together')
    expect(said).toContain('SCF_CLS_LOGSET_ID and SCF_CLS_TOPIC_ID go together')
  })
})
