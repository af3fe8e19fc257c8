import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { chatRules } from '../../local/simulator/rules.ts'
import { startSimulator } from '../../local/simulator/server.ts'
import { simulatedService } from '../../local/simulator/service.ts'
import { callbackRequest } from '../support/callbacks.ts'
import { gateways, scfEvent } from '../support/gateway-events.ts'
import { accepted, notTaken, refusal, webhookWorlds } from '../support/webhook-world.ts'

const startWorld = webhookWorlds()

/** Tencent whose callbacks come from these addresses. */
const startTencent = async (callbackAddresses: readonly string[]) => {
  const lists: (string | null)[] = []
  const chat = simulatedService({
    rules: chatRules({ callbackAddresses }),
    clock: systemClock,
    userSig: (query) => {
      lists.push(query.get('nettype'))
      return undefined
    },
  })
  const { url, close } = await startSimulator(chat)
  return { chat, url, close, lists }
}

const on = { CALLBACK_IP_LIST: '1' }

/** The event of a callback that a gateway heard from an address. */
const heardFrom = (address: string, eventOf: (typeof gateways)[number][1]) => {
  const text = JSON.stringify(eventOf(callbackRequest()))
  const event: object = JSON.parse(text.replaceAll('192.0.2.1', address))
  if ('requestContext' in event) return event
  return scfEvent({ ...callbackRequest(), headers: { 'X-Scf-Remote-Addr': address } })
}

it('what reads the list is loaded where the switch is on, and nowhere else', () => {
  const loads = readFileSync('lib/compose/webhook.ts', 'utf8')
  const signs = /(callback-addresses|tencent-http|tencent-call|user-sig)\.ts/

  expect(loads.match(/^import .*/gm)?.filter((line) => signs.test(line))).toEqual([])
  expect(loads).toContain("import('./callback-addresses.ts')")
})

describe('a signed callback, where the addresses are looked at', () => {
  it.each(gateways)('is taken from those that Tencent lists alone: %s', async (_name, eventOf) => {
    const tencent = await startTencent(['198.51.100.0/24', '2001:db8::/64'])
    const world = await startWorld({ ...on, CHAT_ENDPOINT: tencent.url })

    expect(await world.invoke(heardFrom('198.51.100.77', eventOf))).toMatchObject(accepted)
    expect(await world.invoke(heardFrom('2001:db8::77', eventOf))).toMatchObject(accepted)
    for (const other of ['192.0.2.1', '2001:db8:1::1', '']) {
      const answer = await world.invoke(heardFrom(other, eventOf))
      expect(answer).toEqual(refusal(403, notTaken))
    }

    expect(world.log()).toContainEqual(
      expect.objectContaining({ message: 'callback-refused', reason: 'address' }),
    )
    expect(tencent.chat.calls).toHaveLength(1)
    await tencent.close()
  })

  it('cannot bring an address of its choice in a header', async () => {
    const tencent = await startTencent(['198.51.100.1'])
    const world = await startWorld({ ...on, CHAT_ENDPOINT: tencent.url })
    const headers = { 'x-scf-remote-addr': '198.51.100.1', 'x-forwarded-for': '198.51.100.1' }

    for (const [, eventOf] of gateways.slice(0, 3)) {
      const answer = await world.invoke(eventOf({ ...callbackRequest(), headers }))
      expect(answer).toMatchObject({ status: 403 })
    }
    const beside = { ...headers, 'X-Scf-Remote-Addr': '192.0.2.1' }
    expect(await world.invoke(scfEvent({ ...callbackRequest(), headers: beside }))).toMatchObject({
      status: 403,
    })

    expect(await world.waiting()).toBe(0)
    await tencent.close()
  })

  it.each([
    ['china', '5'],
    ['singapore', '6'],
    ['jakarta', '6'],
  ])('comes from the hosts of its data centre: %s', async (region, nettype) => {
    const tencent = await startTencent(['192.0.2.1'])
    const world = await startWorld({ ...on, CHAT_ENDPOINT: tencent.url, CHAT_REGION: region })

    expect(await world.call()).toMatchObject(accepted)

    expect(tencent.lists).toEqual([nettype])
    await tencent.close()
  })

  it('is taken, with a warning, while the list cannot be had', async () => {
    const world = await startWorld({ ...on, CHAT_ENDPOINT: 'http://127.0.0.1:9' })

    expect(await world.call()).toMatchObject(accepted)

    expect(await world.waiting()).toBe(1)
    expect(world.log()).toMatchObject([
      { message: 'callback-addresses-not-read' },
      { message: 'callback-address-not-checked' },
      { message: 'turn-enqueued' },
    ])
  })

  it('makes nobody read the list who has no signature, nor where the switch is off', async () => {
    const tencent = await startTencent([])
    const world = await startWorld({ ...on, CHAT_ENDPOINT: tencent.url })
    const usual = await startWorld({ CHAT_ENDPOINT: tencent.url })

    expect(await world.call({ token: 'wrong' })).toMatchObject({ status: 403 })
    expect(await usual.call()).toMatchObject(accepted)

    expect(tencent.chat.calls).toEqual([])
    await tencent.close()
  })
})
