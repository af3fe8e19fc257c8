import fetch from 'node-fetch'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { chatRules } from '../../../local/simulator/rules.ts'
import { type SimulatorServer, startSimulator } from '../../../local/simulator/server.ts'
import { type SimulatedService, simulatedService } from '../../../local/simulator/service.ts'

describe('the simulator over HTTP', () => {
  let service: SimulatedService
  let server: SimulatorServer

  const post = (path: string, body: string, method = 'POST') =>
    fetch(server.url + path, method === 'GET' ? {} : { method, body })

  beforeEach(async () => {
    service = simulatedService({ rules: chatRules(), clock: systemClock })
    server = await startSimulator(service)
  })

  afterEach(() => server.close())

  it('answers what it refuses with 200, as the service does', async () => {
    const response = await post('/v4/openim/modify_c2c_msg?sdkappid=1', 'no JSON')

    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ ActionStatus: 'FAIL', ErrorCode: 60003 })
  })

  it.each([
    ['/', 'POST'],
    ['/v4/openim', 'POST'],
    ['/v4/openim/modify_c2c_msg', 'GET'],
  ])('has nothing at %s for %s', async (path, method) => {
    expect((await post(path, '{}', method)).status).toBe(404)
  })

  it('breaks a call that hangs when it closes', async () => {
    service.setFaults(() => ({ kind: 'hangBefore' }))
    const hanging = post('/v4/openim/modify_c2c_msg', '{}').catch((error: unknown) => error)
    while (service.calls.length === 0) await systemClock.sleep(1)

    await server.close()

    expect(await hanging).toMatchObject({ code: 'ECONNRESET' })
    await systemClock.sleep(5)
    expect(service.calls[0]?.endedAtMs).toBeDefined()
  })

  it('listens on the loopback interface alone, and says when its port is taken', async () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    await expect(startSimulator(service, server.port)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
