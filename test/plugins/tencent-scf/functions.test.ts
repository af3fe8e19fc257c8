import { beforeAll, describe, expect, it } from 'vitest'
import type { WantedFunction } from '../../../plugins/tencent-scf/types.d.ts'
import { callbackRequest, callbackToken, messageBody } from '../../support/callbacks.ts'
import { scfEvent } from '../../support/gateway-events.ts'
import { apiToken, scheduledEvent, startLocalCloud } from '../../support/local-cloud.ts'
import { startScfApi } from '../../support/scf-api-stand-in.ts'
import { deployEnvironment } from '../../support/scf-deployment.ts'
import { missingNode, scfNodes, unpackedForTests } from '../../support/scf-runtime.ts'
import { planScfService, readScfService } from '../../support/scf-service.ts'
import { startSsm } from '../../support/tencent-api.ts'

const role = { secretId: 'AKIDrole', secretKey: 'role-secret-key', token: 'role-token' }
/** How the platform hands them out. */
const roleVariables = {
  TENCENTCLOUD_SECRETID: role.secretId,
  TENCENTCLOUD_SECRETKEY: role.secretKey,
  TENCENTCLOUD_SESSIONTOKEN: role.token,
}
const workerName = 'tencent-chat-stream-dev-worker'
let plan: readonly WantedFunction[]
beforeAll(async () => {
  plan = await planScfService(await readScfService(deployEnvironment), deployEnvironment)
}, 60_000)

const json = { 'content-type': 'application/json', authorization: `Bearer ${apiToken}` }

const messageNo = (n: number) =>
  scfEvent(
    callbackRequest({
      body: messageBody({
        MsgKey: `${n}_2_1557481126`,
        MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: `question ${n}` } }],
      }),
    }),
  )

describe.each(scfNodes)('the functions as SCF gets them, on %s', (_, nodePath) => {
  const starter = unpackedForTests(() => plan, nodePath)

  it('serve function URLs, and sweep', async ({ skip }) => {
    const start = starter()
    if (start === undefined) return skip(missingNode)
    const cloud = await startLocalCloud()
    const replies = start('replies', cloud.env)
    const sweeper = start('sweeper', cloud.env)
    const order = { replyId: 'reply-1', from: '@RBT#bot', to: 'user01', chunks: ['Hel', 'lo 👋'] }
    const body = JSON.stringify(order)

    const posted = await replies.invoke(
      scfEvent({ method: 'POST', path: '/replies', headers: json, body }),
    )
    const got = await replies.invoke(
      scfEvent({ method: 'GET', path: '/replies/reply-1', headers: json }),
    )
    const refused = await replies.invoke(scfEvent({ method: 'GET', path: '/replies/reply-1' }))
    const swept = await sweeper.invoke<object>(scheduledEvent)

    expect(posted).toMatchObject({ statusCode: 200 })
    expect(JSON.parse(posted.body)).toMatchObject({ status: 'finished', calls: 2 })
    expect(got.body).toBe(posted.body)
    expect(refused.statusCode).toBe(401)
    expect(swept).toEqual({})
    expect(cloud.chat.rules.messages()).toMatchObject([{ text: 'Hello 👋', finished: true }])
    await Promise.all([replies.stop(), sweeper.stop()])
    await cloud.close()
  })

  it('read their keys from a secret of Tencent Cloud, with their role', async ({ skip }) => {
    const start = starter()
    if (start === undefined) return skip(missingNode)
    const cloud = await startLocalCloud()
    const { CHAT_SECRET_KEY, REPLIES_API_TOKEN, ...env } = cloud.env
    const content = JSON.stringify({ CHAT_SECRET_KEY, REPLIES_API_TOKEN })
    const ssm = await startSsm(role, 'chat-dev', new Map([['v1', content]]))
    const replies = start('replies', {
      ...env,
      ...roleVariables,
      SECRETS_NAME: 'tencent:chat-dev',
      SECRETS_ENDPOINT: ssm.endpoint,
      WORKER_REGION: 'ap-singapore',
    })
    const order = { replyId: 'reply-2', from: '@RBT#bot', to: 'user01', chunks: ['secret'] }

    const posted = await replies.invoke(
      scfEvent({ method: 'POST', path: '/replies', headers: json, body: JSON.stringify(order) }),
    )

    expect(posted).toMatchObject({ statusCode: 200 })
    expect(cloud.chat.rules.messages()).toMatchObject([{ text: 'secret', finished: true }])
    expect(replies.output()).not.toMatch(/role-secret-key|role-token/)
    await replies.stop()
    await ssm.close()
    await cloud.close()
  })

  it('answer users in order without a queue, though the second is worked on first', async ({
    skip,
  }) => {
    const start = starter()
    if (start === undefined) return skip(missingNode)
    const cloud = await startLocalCloud()
    const scf = await startScfApi(role)
    scf.addFunction(workerName)
    const env = {
      ...cloud.env,
      CHAT_CALLBACK_TOKEN: callbackToken,
      WORKER_FUNCTION: workerName,
      WORKER_REGION: 'ap-singapore',
      WORKER_ENDPOINT: scf.endpoint,
      ...roleVariables,
    }
    const functions = [start('webhook', env), start('worker', env), start('worker', env)] as const
    const [webhook, worker, another] = functions

    const first = await webhook.invoke(messageNo(1))
    const second = await webhook.invoke(messageNo(2))
    const [one = {}, two = {}] = scf.calls.map(
      ({ request }) => JSON.parse(String(request['ClientContext'])) as object,
    )
    // An instance that is warm already gets the second message, one that is to be started the first.
    await another.invoke({})
    const waiting = another.invoke<object>(two)
    const worked = await Promise.all([worker.invoke<object>(one), waiting])
    const repeated = await worker.invoke<object>(one)

    expect([first.statusCode, second.statusCode]).toEqual([200, 200])
    expect([...worked, repeated]).toEqual([{}, {}, {}])
    const messages = cloud.chat.rules.messages()
    expect(messages.map(({ text, finished }) => [text.slice(-10), finished])).toEqual([
      ['question 1', true],
      ['question 2', true],
    ])
    for (const { output } of functions) {
      expect(output()).not.toMatch(/role-secret-key|role-token|question/)
    }
    await Promise.all(functions.map(({ stop }) => stop()))
    await scf.close()
    await cloud.close()
  })
})
