import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { checkSource } from '../../../local/doctor/check-source.ts'
import type { ModelFault } from '../../../local/model/events.ts'
import { startTraceModel } from '../../../local/model/server.ts'
import { hastyClock } from '../../support/source-world.ts'
import { never } from '../../support/unhurried.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const given = {
  CHAT_SDK_APP_ID: '1400000000',
  CHAT_SECRET_KEY: 'chat-secret-key',
  REPLY_SOURCE: 'openai',
  OPENAI_MODEL: 'm',
  OPENAI_API_KEY: 'sk-KeyThatNobodyMaySee',
}

const visit = async (fault: ModelFault = { kind: 'none' }, changes: NodeJS.ProcessEnv = {}) => {
  const model = await startTraceModel({ fault })
  closers.push(model.close)
  const env = { ...given, OPENAI_BASE_URL: model.url, ...changes }
  const findings = await checkSource(env, hastyClock, never)
  expect(JSON.stringify(findings)).not.toContain('KeyThatNobody')
  return { finding: findings[0], requests: model.requests }
}

describe('the model, as the doctor sees it', () => {
  it('is right where it answers, and the times are told', async () => {
    const { finding, requests } = await visit()

    expect(finding).toMatchObject({ id: 'source', verdict: 'right' })
    expect(finding?.heard).toMatch(/first text came after \d+ ms, all of it after \d+ ms/)
    expect(requests).toHaveLength(1)
  })

  it.each<readonly [ModelFault, RegExp]>([
    [{ kind: 'status', status: 401 }, /answered 401 .*OPENAI_API_KEY is wrong/],
    [{ kind: 'status', status: 404 }, /OPENAI_MODEL or OPENAI_BASE_URL is wrong/],
    [{ kind: 'html' }, /answered text\/html/],
    [{ kind: 'error-event', after: 1 }, /broke off with an error/],
  ])('is wrong where it fails, with the sentence of its source: %o', async (fault, heard) => {
    const { finding } = await visit(fault)

    expect(finding).toMatchObject({ id: 'source', verdict: 'wrong', mend: expect.any(String) })
    expect(finding?.heard).toMatch(heard)
  })

  it('is not waited for longer than a minute', async () => {
    const { finding } = await visit({ kind: 'never-starts' })

    expect(finding).toMatchObject({ verdict: 'unknown', heard: 'It had not ended after a minute.' })
  })

  it('is not asked where its settings are wrong, or answers come from elsewhere', async () => {
    const wrong = await visit(undefined, { OPENAI_PARAMETERS: '[]' })
    expect(wrong.finding?.heard).toContain('OPENAI_PARAMETERS must be a JSON object')
    expect(wrong.requests).toHaveLength(0)

    expect(await checkSource({ ...given, REPLY_SOURCE: 'http' }, systemClock, never)).toEqual([])
  })
})
