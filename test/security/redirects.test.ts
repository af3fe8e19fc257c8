import { afterEach, describe, expect, it } from 'vitest'
import { awsJsonClient } from '../../lib/adapters/aws/aws-json-client.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { replySources } from '../../lib/adapters/sources/index.ts'
import { tencentHttp } from '../../lib/adapters/tencent/tencent-http.ts'
import { credentials, region } from '../support/local-cloud.ts'
import { serveOn } from '../support/serve-on.ts'
import { brokenOff, partsOf } from '../support/source-world.ts'

const endings: (() => void)[] = []
afterEach(() => {
  for (const end of endings.splice(0)) end()
})

/** A server that sends everybody on to another one, which counts who comes. */
const startRedirect = async (status: number) => {
  let followed = 0
  const target = await serveOn((_, response) => {
    followed += 1
    response.writeHead(200, { 'content-type': 'text/plain' }).end('{"ErrorCode":0}')
  })
  const door = await serveOn((_, response) => {
    response.writeHead(status, { location: `${target.url}/taken` }).end()
  })
  endings.push(target.close, door.close)
  return { url: door.url, followed: () => followed }
}

const readSecret = async () => 'whsec_c2VjcmV0LW9mLXRoZS1zb3VyY2U='

/** Everything that goes out, each as it ends where its other end sends it elsewhere. */
const callers: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  openai: (url) =>
    brokenOff(
      replySources.openai(partsOf({ OPENAI_BASE_URL: url, OPENAI_MODEL: 'm' }, readSecret)),
    ),
  dify: (url) => brokenOff(replySources.dify(partsOf({ DIFY_BASE_URL: url }, readSecret))),
  coze: (url) =>
    brokenOff(replySources.coze(partsOf({ COZE_BASE_URL: url, COZE_BOT_ID: '1' }, readSecret))),
  adp: (url) => brokenOff(replySources.adp(partsOf({ ADP_URL: url }, readSecret))),
  http: (url) => brokenOff(replySources.http(partsOf({ REPLY_SOURCE_URL: url }, readSecret))),
  'Tencent Chat': async (url) => {
    const signer = { sign: async () => 'eJx-signature' }
    const call = tencentHttp({ baseUrl: url, sdkAppId: 1, admin: 'a', signer, random: () => 0.5 })
    const answer = await call('openim/x', {})
    expect(answer.kind).toBe('notSent')
  },
  AWS: (url) => {
    const options = { service: 'secretsmanager', region, credentials, endpoint: url } as const
    const call = awsJsonClient({ ...options, clock: systemClock, random: Math.random })
    return expect(call('secretsmanager.GetSecretValue', {})).rejects.toThrow(/30[1-8]/)
  },
}

describe('a redirect', () => {
  it.each(
    Object.keys(callers).flatMap((name) =>
      [301, 302, 303, 307, 308].map((status) => [name, status] as const),
    ),
  )('is not followed by what calls %s: %i', async (name, status) => {
    const redirect = await startRedirect(status)

    await callers[name]?.(redirect.url)

    expect(redirect.followed()).toBe(0)
  })

  it('is refused by each source that goes out', () => {
    const goingOut = Object.keys(replySources).filter((name) => name !== 'echo')

    expect(Object.keys(callers)).toEqual(expect.arrayContaining(goingOut))
  })
})
