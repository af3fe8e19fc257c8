import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planService } from '../../../local/scf/plan.ts'
import { readService } from '../../../local/scf/service.ts'
import { scfEvent } from '../../support/gateway-events.ts'
import { apiToken, scheduledEvent, startLocalCloud } from '../../support/local-cloud.ts'
import { deployEnvironment } from '../../support/scf-deployment.ts'
import { scfNodePath, unpackForScf } from '../../support/scf-runtime.ts'

const nodePath = scfNodePath()
const missing =
  'Node 18 is not installed here (the optional package node18), so that nothing was tried on it'

let unpacked: Awaited<ReturnType<typeof unpackForScf>> | undefined
beforeAll(async () => {
  if (nodePath === undefined) return
  const service = await readService('dev', { ...process.env, ...deployEnvironment })
  unpacked = await unpackForScf(await planService(service, deployEnvironment), nodePath)
}, 60_000)
afterAll(() => unpacked?.remove())

const json = { 'content-type': 'application/json', authorization: `Bearer ${apiToken}` }

describe('a function as SCF gets it, on the Node of SCF', () => {
  it('serves function URLs, and the sweeper runs beside it', async ({ skip }) => {
    if (unpacked === undefined) {
      expect(process.env['CI'], missing).toBeUndefined()
      return skip(missing)
    }
    const cloud = await startLocalCloud()
    const replies = unpacked.start('replies', cloud.env)
    const sweeper = unpacked.start('sweeper', cloud.env)
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
})
