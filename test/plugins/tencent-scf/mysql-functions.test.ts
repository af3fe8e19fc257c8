import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WantedFunction } from '../../../plugins/tencent-scf/types.d.ts'
import {
  callbackRequest,
  callbackToken,
  interruptBody,
  messageBody,
} from '../../support/callbacks.ts'
import { scfEvent } from '../../support/gateway-events.ts'
import {
  apiToken,
  type Environment,
  scheduledEvent,
  startLocalCloud,
} from '../../support/local-cloud.ts'
import { hasMariadb } from '../../support/mariadb.ts'
import { SERVER_START_MS, startMysqlWorld, startServer } from '../../support/mysql-world.ts'
import { readZip } from '../../support/read-zip.ts'
import { startScfApi } from '../../support/scf-api-stand-in.ts'
import { deployEnvironment } from '../../support/scf-deployment.ts'
import { missingNode, scfNodes, unpackedForTests, unpackForScf } from '../../support/scf-runtime.ts'
import { planScfService, readScfService } from '../../support/scf-service.ts'

const isThere = hasMariadb()
/** `REPLIES=2000` in the environment runs the whole. */
const REPLIES = Number(process.env['REPLIES'] ?? 120)
const SANDBOXES = 4

const role = { secretId: 'AKIDrole', secretKey: 'role-secret-key', token: 'role-token' }
const workerName = 'tencent-chat-stream-dev-worker'
const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...deployed } = deployEnvironment
const deployment = {
  ...deployed,
  REPLIES_STORE: 'mysql',
  MYSQL_URL: 'mysql://chat:password-of-the-database@db.example/chat',
}

let plan: readonly WantedFunction[]
beforeAll(async () => {
  if (isThere) await startServer()
}, SERVER_START_MS)
beforeAll(async () => {
  plan = await planScfService(await readScfService(deployment), deployment)
}, 90_000)

const sourceOf = (functions: readonly WantedFunction[], key: string): string => {
  const { archive } = functions.find((one) => one.key === key) ?? {}
  return archive === undefined ? '' : String(readZip(archive)[0]?.content)
}

describe('a deployment with REPLIES_STORE=mysql', () => {
  it('needs nothing of another cloud, and packs one store alone', async () => {
    const other = await planScfService(await readScfService(deployEnvironment), deployEnvironment)

    for (const { key } of plan) {
      expect(sourceOf(plan, key)).toMatch(/mysql_native_password/)
      expect(sourceOf(plan, key)).not.toMatch(/DynamoDB_20120810|attribute_not_exists/)
      expect(sourceOf(other, key)).toMatch(/DynamoDB_20120810/)
      expect(sourceOf(other, key)).not.toMatch(/mysql_native_password|LAST_INSERT_ID/)
    }
    expect(plan.map(({ key }) => key)).toEqual(['replies', 'webhook', 'worker', 'sweeper'])
  }, 60_000)

  it('packs mysql2 without the tables that nobody here reads', () => {
    expect(Buffer.byteLength(sourceOf(plan, 'webhook'))).toBeLessThan(560 * 1_024)
  })
})

const json = { 'content-type': 'application/json', authorization: `Bearer ${apiToken}` }
const post = (path: string, body: object) =>
  scfEvent({ method: 'POST', path, headers: json, body: JSON.stringify(body) })
const get = (path: string) => scfEvent({ method: 'GET', path, headers: json })
const bot = '@RBT#bot'

const question = (n: number) =>
  scfEvent(
    callbackRequest({
      body: messageBody({
        MsgKey: `${n}_2_1557481126`,
        MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: `question ${n}` } }],
      }),
    }),
  )

const world = async () => {
  const cloud = await startLocalCloud()
  const scf = await startScfApi(role)
  scf.addFunction(workerName)
  const mysql = await startMysqlWorld()
  const aws = /^AWS_|REPLIES_TABLE/
  const env: Environment = {
    ...Object.fromEntries(Object.entries(cloud.env).filter(([name]) => !aws.test(name))),
    REPLIES_STORE: 'mysql',
    MYSQL_URL: mysql.url,
    LEASE_MS: '1500',
    CHAT_CALLBACK_TOKEN: callbackToken,
    WORKER_FUNCTION: workerName,
    WORKER_REGION: 'ap-singapore',
    WORKER_ENDPOINT: scf.endpoint,
    TENCENTCLOUD_SECRETID: role.secretId,
    TENCENTCLOUD_SECRETKEY: role.secretKey,
    TENCENTCLOUD_SESSIONTOKEN: role.token,
  }
  return {
    cloud,
    env,
    mysql,
    /** The events that the platform was asked to invoke the worker with, since this was asked last. */
    invoked: () =>
      scf.calls
        .splice(0)
        .map(({ request }) => JSON.parse(String(request['ClientContext'])) as object),
    shown: () =>
      cloud.chat.rules
        .messages()
        .filter(({ from }) => from.startsWith('@RBT#'))
        .map(({ to, text, finished }) => [to, text, finished] as const),
    close: async () => {
      await mysql.close()
      await scf.close()
      await cloud.close()
    },
  }
}

describe.runIf(isThere).each(scfNodes)('the functions with MariaDB, on %s', (_name, nodePath) => {
  const starter = unpackedForTests(() => plan, nodePath)

  it('write whole replies and pushed chunks, and sweep', async ({ skip }) => {
    const start = starter()
    if (start === undefined) return skip(missingNode)
    const { env, shown, close } = await world()
    const [replies, another, sweeper] = [
      start('replies', env),
      start('replies', env),
      start('sweeper', env),
    ]

    const posted = await replies.invoke(
      post('/replies', { replyId: 'whole', from: bot, to: 'user01', chunks: ['Hel', 'lo 👋'] }),
    )
    const pushes = [2, 0, 1].map((seq) => ({
      seq,
      text: `part ${seq} `,
      finish: seq === 2,
      from: bot,
      to: 'user02',
    }))
    const pushed = []
    for (const [n, push] of pushes.entries()) {
      const { invoke } = n % 2 === 0 ? replies : another
      pushed.push(await invoke(post('/replies/pushed/chunks', push)))
    }
    const got = await another.invoke(get('/replies/pushed'))
    const swept = await sweeper.invoke<object>(scheduledEvent)

    expect(posted.statusCode, posted.body).toBe(200)
    expect(pushed.map(({ statusCode }) => statusCode)).toEqual([202, expect.any(Number), 200])
    expect(JSON.parse(got.body)).toMatchObject({ status: 'finished', sentSeq: 2 })
    expect(swept).toEqual({})
    expect(shown()).toEqual([
      ['user01', 'Hello 👋', true],
      ['user02', 'part 0 part 1 part 2 ', true],
    ])
    const output = [replies, another, sweeper].map((one) => one.output()).join('')
    expect(output).not.toMatch(/secret%20of|secret of chat|Hello|part 0/)
    await Promise.all([replies, another, sweeper].map(({ stop }) => stop()))
    await close()
  })

  it('answer users in order, and stop where a user says so', async ({ skip }) => {
    const start = starter()
    if (start === undefined) return skip(missingNode)
    const { env: quick, shown, invoked, close } = await world()
    const env = { ...quick, LEASE_MS: '15000' }
    const functions = [
      start('webhook', env),
      start('worker', env),
      start('worker', env),
      start('replies', env),
    ] as const
    const [webhook, worker, another, replies] = functions

    await webhook.invoke(question(1))
    await webhook.invoke(question(2))
    const [one = {}, two = {}] = invoked()
    await another.invoke({})
    const waiting = another.invoke<object>(two)
    const worked = await Promise.all([worker.invoke<object>(one), waiting])
    // The platform's part: whoever left has had the next one invoked.
    for (let events = invoked(); events.length > 0; events = invoked()) {
      for (const event of events) await worker.invoke(event)
    }
    const answers = shown()

    await replies.invoke(
      post('/replies/stopped/chunks', { seq: 0, text: 'so far ', from: bot, to: 'jared' }),
    )
    const { msgKeys } = JSON.parse((await replies.invoke(get('/replies/stopped'))).body)
    const stopped = await webhook.invoke(
      scfEvent(
        callbackRequest({
          body: interruptBody(
            { chatbotPlugin: 2, src: 22, msgKey: msgKeys[0] },
            { To_Account: bot },
          ),
        }),
      ),
    )
    for (const event of invoked()) await worker.invoke(event)
    const late = await replies.invoke(post('/replies/stopped/chunks', { seq: 1, text: 'more' }))

    expect(worked).toEqual([{}, {}])
    expect(answers.map(([, text, finished]) => [text.slice(-10), finished])).toEqual([
      ['question 1', true],
      ['question 2', true],
    ])
    expect(stopped.statusCode).toBe(200)
    expect([
      late.statusCode,
      JSON.parse((await replies.invoke(get('/replies/stopped'))).body),
    ]).toEqual([expect.any(Number), expect.objectContaining({ status: 'interrupted' })])
    expect(shown().at(-1)?.[2]).toBe(true)
    await Promise.all(functions.map(({ stop }) => stop()))
    await close()
  })
})

describe.runIf(isThere)('the functions with MariaDB', () => {
  let unpacked: Awaited<ReturnType<typeof unpackForScf>>
  beforeAll(async () => {
    unpacked = await unpackForScf(plan, process.execPath)
  }, 90_000)
  afterAll(() => unpacked.remove())

  it('leave every text exact and every message closed where one is killed', async () => {
    const { env, shown, invoked, close } = await world()
    const text = Array.from({ length: 40 }, (_, n) => `word ${n} `).join('')
    const sweeper = unpacked.start('sweeper', env)
    const worker = unpacked.start('worker', env)
    const witness = unpacked.start('replies', env)
    const names = ['kill-1', 'kill-2', 'kill-3']

    for (const [n, to] of names.entries()) {
      const victim = unpacked.start('replies', env)
      const order = { replyId: to, from: bot, to, text, charsPerSecond: 150 }
      victim.invoke(post('/replies', order)).catch(() => {})
      while (!shown().some(([user]) => user === to)) await wait(20)
      await wait(n * 350)
      victim.signal('SIGKILL')
      await victim.ended()
    }
    const isOpen = async (name: string) =>
      JSON.parse((await witness.invoke(get(`/replies/${name}`))).body).status === 'open'
    const sweep = async () => {
      await wait(500)
      await sweeper.invoke(scheduledEvent)
      for (const event of invoked()) await worker.invoke(event)
    }
    for (const name of names) while (await isOpen(name)) await sweep()

    expect(shown()).toEqual(names.map((to) => [to, text, true]))
    await Promise.all([sweeper, worker, witness].map(({ stop }) => stop()))
    await close()
  }, 60_000)

  it(
    `write ${REPLIES} replies from ${SANDBOXES} sandboxes at once, and never hold more connections than they may`,
    async () => {
      const { env, shown, close, mysql } = await world()
      const own = { ...env, MYSQL_MAX_CONNECTIONS: '3', CALLS_PER_SECOND: '10000' }
      const sandboxes = Array.from({ length: SANDBOXES }, () => unpacked.start('replies', own))
      const numbers = Array.from({ length: REPLIES }, (_, n) => n)
      const threads: number[] = []
      const statuses: number[] = []

      await Promise.all(
        sandboxes.map(async ({ invoke }) => {
          for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) {
            const order = {
              replyId: `many-${n}`,
              from: bot,
              to: `user${n}`,
              chunks: [`${n}: `, 'é😀'],
            }
            statuses.push((await invoke(post('/replies', order))).statusCode)
            threads.push(await mysql.connections())
          }
        }),
      )

      expect(new Set(statuses)).toEqual(new Set([200]))
      const texts = new Map(shown().map(([to, text, finished]) => [to, finished ? text : 'open']))
      expect(texts).toEqual(
        new Map(Array.from({ length: REPLIES }, (_, n) => [`user${n}`, `${n}: é😀`])),
      )
      // One that is about to be refused counts as well.
      expect(Math.max(...threads)).toBeLessThanOrEqual(SANDBOXES)
      await Promise.all(sandboxes.map(({ stop }) => stop()))
      await close()
    },
    120_000 + REPLIES * 100,
  )
})
