import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { scheduledEvent, startLocalCloud } from '../../support/local-cloud.ts'
import { readZip } from '../../support/read-zip.ts'
import { startScfApi } from '../../support/scf-api-stand-in.ts'
import { deployEnvironment, deployer, deploySecrets } from '../../support/scf-deployment.ts'
import { copyProject, projectDirectory } from '../../support/service-project.ts'
import { startCls } from '../../support/tencent-api.ts'

const keys = ['replies', 'sweeper', 'webhook', 'worker']
const nameOf = (key: string): string => `tencent-chat-stream-dev-${key}`

let scf: Awaited<ReturnType<typeof startScfApi>>
let copy: ReturnType<typeof copyProject>
beforeAll(async () => {
  scf = await startScfApi(deployer, 0)
  copy = copyProject()
})
afterAll(async () => {
  copy.remove()
  await scf.close()
})
afterEach(() => scf.answerInstead(() => undefined))

/** What a command prints, as it fails or not; no secret is in it. */
const serverless = async (line: string, env: Readonly<Record<string, string>> = {}) => {
  const args = [...line.split(' '), '--config', 'serverless.scf.yml']
  const all = { ...deployEnvironment, SCF_ENDPOINT: scf.endpoint, ...env }
  const ended = await copy.serverless(args, all).then(
    (output) => ({ ok: true, output }),
    (error: unknown) => ({ ok: false, output: String(error) }),
  )
  for (const secret of deploySecrets) expect(ended.output).not.toContain(secret)
  expect(ended.output).not.toMatch(/^\s+at /m)
  return ended
}
const done = async (line: string, env?: Readonly<Record<string, string>>): Promise<string> => {
  const { ok, output } = await serverless(line, env)
  expect(output).toSatisfy(() => ok)
  return output
}
const failed = async (line: string, env?: Readonly<Record<string, string>>): Promise<string> => {
  const { ok, output } = await serverless(line, env)
  expect(output).toSatisfy(() => !ok)
  return output
}
const liveOf = (key: string) => scf.functions.get(nameOf(key))?.live
const linesOf = (output: string, key: string) =>
  output.split('\n').filter((line) => line.startsWith(nameOf(key)))

// Each step goes on from what the one before it left.
describe('serverless --config serverless.scf.yml', () => {
  it('packages every function of serverless.yml without asking anybody', async () => {
    await done('package')

    for (const key of keys) {
      expect(readZip(copy.readPackaged(`${key}.zip`)).map(({ name }) => name)).toEqual([
        `${key}.js`,
      ])
    }
    expect(scf.calls).toEqual([])
  })

  it('names all that a deployment lacks in one go, and asks nobody', async () => {
    const names = ['TENCENTCLOUD_SECRET_ID', 'TENCENTCLOUD_SECRET_KEY', 'TENCENTCLOUD_REGION']
    const wanted = [...names, 'SCF_ROLE', 'CHAT_SDK_APP_ID', 'CHAT_SECRET_KEY', 'AWS_REGION']
    const nothing = Object.fromEntries(Object.keys(deployEnvironment).map((name) => [name, '']))

    const output = await failed('deploy', { ...nothing, SCF_VPC_ID: 'vpc-1' })

    for (const name of wanted) expect(output).toMatch(new RegExp(`^\\s+${name} `, 'm'))
    expect(output).toContain('SCF_VPC_ID and SCF_SUBNET_ID go together')
    expect(scf.calls).toEqual([])
  })

  it('deploys, says where the functions are, and changes nothing the second time', async () => {
    const first = await done('deploy')
    scf.writes()
    const second = await done('deploy')

    expect([...scf.functions.keys()].sort()).toEqual(keys.map(nameOf))
    expect(first).toMatch(/^tencent-chat-stream-dev-worker {2}created$/m)
    expect(first).toMatch(/^Replies API {2}https:\/\/\S+-replies\.ap-singapore\.\S+\/replies$/m)
    expect(first).toMatch(/^Webhook {6}https:\/\/\S+-webhook\.\S+\/webhooks\/chat$/m)
    expect(scf.writes()).toEqual([])
    for (const key of keys) expect(linesOf(second, key)).toEqual([`${nameOf(key)}  unchanged`])
  })

  it('shows what stands there', async () => {
    const output = await done('info')

    expect(output).toContain('region   ap-singapore')
    expect(linesOf(output, 'sweeper')).toEqual([
      `${nameOf('sweeper')}  Active, version 1, Nodejs18.15, 256 MB, 60 s`,
    ])
    expect(output).toMatch(/^ {2}https:\/\/\S+-webhook\.ap-singapore\.\S+\/webhooks\/chat$/m)
  })

  it('deploys one function alone', async () => {
    const output = await done('deploy function -f worker', { NOTICE_EMPTY: 'none' })

    expect(linesOf(output, 'worker')).toEqual([`${nameOf('worker')}  settings`])
    expect(new Set(scf.writes().map((write) => write.split(' ')[1]))).toEqual(
      new Set([nameOf('worker')]),
    )
    expect([liveOf('worker'), liveOf('replies')]).toEqual(['2', '1'])
    expect(await failed('deploy function -f nobody')).toContain('There is no function nobody')
  })

  it('goes back to a published version, by its number and by a time, and forward again', async () => {
    const listed = await done('rollback')
    const back = await done('rollback function -f worker --function-version 1')
    const backTo = liveOf('worker')
    const unknown = await failed('rollback function -f worker --function-version 9')
    const then = await done('rollback --timestamp 2026-11-24T04:00:00Z')
    const tooOld = await failed('rollback --timestamp 2020-01-01')
    const forwardTo = liveOf('worker')

    expect(linesOf(listed, 'worker')).toEqual([
      expect.stringMatching(/ {2}2 {2}\S+ \S+ {2}calls go here$/),
      expect.stringMatching(/ {2}1 {2}\S+ \S+$/),
    ])
    expect(linesOf(back, 'worker')).toEqual([`${nameOf('worker')}  back to 1`])
    expect([backTo, forwardTo]).toEqual(['1', '2'])
    expect(unknown).toContain(`${nameOf('worker')} has no version 9; it has 2, 1`)
    expect(linesOf(then, 'worker')).toEqual([`${nameOf('worker')}  back to 2`])
    expect(tooOld).toContain('has no version of 2020-01-01')
  })

  it('invokes a function and shows its answer, or what it failed with', async () => {
    const worker = scf.functions.get(nameOf('worker')) ?? expect.unreachable()
    worker.answer = { InvokeResult: 0, RetMsg: '{"batchItemFailures":[]}' }
    scf.calls.splice(0)
    writeFileSync(join(copy.project, 'event.json'), '{"from":"a file"}')

    const answered = await done('invoke -f worker --data {"a":1}')
    const handed = await done('invoke -f worker --path event.json --type Event')
    worker.answer = { InvokeResult: -1, ErrMsg: 'out of memory' }
    const broken = await failed('invoke -f worker')

    expect(answered).toContain('"batchItemFailures": []')
    expect(handed).toContain(`${nameOf('worker')}  called, as request-1`)
    expect(broken).toContain(`${nameOf('worker')} failed: out of memory`)
    expect(scf.calls.map(({ request }) => request)).toMatchObject([
      { InvocationType: 'RequestResponse', Qualifier: '$DEFAULT', ClientContext: '{"a":1}' },
      { InvocationType: 'Event', ClientContext: '{"from":"a file"}' },
      { ClientContext: '{}' },
    ])
  })

  it('shows the lines that a function printed, page by page', async () => {
    const atMs = Date.now() - 60_000
    const line = { topicId: 'topic-of-scf', functionName: nameOf('worker'), atMs }
    const cls = await startCls(deployer, [
      { ...line, message: 'long ago', atMs: atMs - 3_600_000 },
      { ...line, message: '{"message":"first"}' },
      { ...line, message: 'second' },
      { ...line, message: 'third' },
      { ...line, message: "another's", functionName: nameOf('replies') },
    ])

    const recent = await done('logs -f worker', { CLS_ENDPOINT: cls.endpoint })
    const all = await done('logs -f worker --startTime 2h', { CLS_ENDPOINT: cls.endpoint })
    const wrong = await failed('logs -f worker --startTime soon', { CLS_ENDPOINT: cls.endpoint })
    await cls.close()

    const printed = (output: string) =>
      output.split('\n').flatMap((one) => /^\d{4}-\S+Z {2}(.+)$/.exec(one)?.[1] ?? [])
    expect(printed(recent)).toEqual(['{"message":"first"}', 'second', 'third'])
    expect(printed(all)).toEqual(['long ago', '{"message":"first"}', 'second', 'third'])
    expect(wrong).toContain('--startTime soon is neither')
  })

  it('writes a dashboard and alarms over the log', async () => {
    await done('dashboard')

    const dashboard = JSON.parse(String(copy.readPackaged('dashboard.json')))
    const [alarm] = JSON.parse(String(copy.readPackaged('alarms.json')))
    expect(dashboard).toMatchObject({ title: 'tencent-chat-stream-dev' })
    expect(alarm.AlarmTargets[0]).toMatchObject({
      LogsetId: 'logset-of-scf',
      TopicId: 'topic-of-scf',
    })
  })

  it('runs a function here, as it would run there', async () => {
    const cloud = await startLocalCloud()
    const event = join(copy.project, 'swept.json')
    writeFileSync(event, JSON.stringify(scheduledEvent))

    const output = await done(`invoke local -f sweeper --path ${event}`, cloud.env)
    await cloud.close()

    expect(output.trimEnd()).toMatch(/null$|\{\}$/)
    expect(await failed('invoke local -f sweeper', { AWS_REGION: '' })).toContain(
      'sweeper cannot run',
    )
  })

  it('leaves what was there where a step fails, and says what to do', async () => {
    scf.writes()
    const before = keys.map(liveOf)
    scf.answerInstead(({ action }) =>
      action === 'UpdateFunctionConfiguration'
        ? { code: 'UnauthorizedOperation.CAM', message: `not for ${deployer.secretKey}` }
        : undefined,
    )

    const output = await failed('deploy', { NOTICE_EMPTY: 'nothing' })

    expect(keys.map(liveOf)).toEqual(before)
    expect(linesOf(output, 'worker')[0]).toContain('not changed: calls go where they went before')
    expect(output).toContain('allow scf:UpdateFunctionConfiguration')
    scf.answerInstead(() => undefined)
    expect(linesOf(await done('deploy', { NOTICE_EMPTY: 'nothing' }), 'worker')).toEqual([
      `${nameOf('worker')}  settings`,
    ])
  })

  it('ends with a message where the key is wrong', async () => {
    const output = await failed('deploy', { TENCENTCLOUD_SECRET_KEY: 'wrong-secret' })

    expect(output).toContain('AuthFailure.SignatureFailure')
    expect(output).not.toContain('wrong-secret')
  })

  it('takes no setting that it does not know', async () => {
    const file = join(copy.project, 'serverless.scf.yml')
    const right = readFileSync(file, 'utf8')
    writeFileSync(file, right.replace('- url: true', '- url: false'))
    const event = await failed('package')
    writeFileSync(file, right.replace('  runtime: $', '  memory: 12\n  runtime: $'))
    const property = await failed('package')
    writeFileSync(file, right)

    expect(event).toContain("Configuration error at 'functions.replies.events.0.url'")
    expect(property).toContain("unrecognized property 'memory'")
  })

  it('takes everything away, and says so where nothing is left', async () => {
    const removed = await done('remove')
    const nothing = await done('remove')

    expect(scf.functions.size).toBe(0)
    for (const key of keys) {
      expect(linesOf(removed, key)).toEqual([`${nameOf(key)}  removed`])
      expect(linesOf(nothing, key)).toEqual([`${nameOf(key)}  was not there`])
    }
  })
})

describe('the npm scripts deploy:scf and remove:scf', () => {
  it('call serverless', () => {
    const { scripts } = JSON.parse(readFileSync(join(projectDirectory, 'package.json'), 'utf8'))

    expect([scripts['deploy:scf'], scripts['remove:scf']]).toEqual([
      'node local/preflight/main.ts --then serverless deploy --config serverless.scf.yml',
      'serverless remove --config serverless.scf.yml',
    ])
  })
})
