import { afterEach, describe, expect, it, vi } from 'vitest'
import type { TraceModelSettings } from '../../../local/model/answer.ts'
import { traceOf } from '../../../local/model/events.ts'
import { startTraceModel, type TraceModel } from '../../../local/model/server.ts'
import { textOf } from '../../support/texts.ts'
import { virtualClock } from '../../support/virtual-clock.ts'

let model: TraceModel | undefined

afterEach(() => model?.close())

const start = async (settings: Partial<TraceModelSettings>) => {
  model = await startTraceModel({ speed: Number.POSITIVE_INFINITY, ...settings })
  return model
}

const complete = (url: string, fields: object = {}, signal?: AbortSignal): Promise<Response> =>
  fetch(`${url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', messages: [], stream: true, ...fields }),
    ...(signal && { signal }),
  })

describe('startTraceModel', () => {
  it('streams its tokens as a chat completion, with the usage where it is asked for', async () => {
    const { url } = await start({ tokens: traceOf('Hi you') })

    const answer = await complete(url, { stream_options: { include_usage: true } })

    const events = (await answer.text()).trim().split('\n\n')
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    expect(events.pop()).toBe('data: [DONE]')
    expect(events.map((event) => JSON.parse(event.slice('data: '.length)))).toMatchObject([
      { choices: [{ delta: { role: 'assistant' } }] },
      { choices: [{ delta: { content: 'Hi' } }] },
      { choices: [{ delta: { content: ' you' } }] },
      { choices: [{ delta: {}, finish_reason: 'stop' }] },
      { choices: [], usage: { completion_tokens: 2 } },
    ])
  })

  it('keeps the times of the trace, at its speed', async () => {
    const clock = virtualClock(0)
    const tokens = [0, 100, 1_000].map((t) => ({ t, text: `${t} ` }))
    const sleeps: number[] = []
    const noting = {
      now: clock.now,
      sleep: (ms: number) => {
        sleeps.push(ms)
        return clock.run(clock.sleep(ms))
      },
    }
    model = await startTraceModel({ tokens, speed: 2 }, { clock: noting })

    await complete(model.url).then((answer) => answer.text())

    expect(sleeps).toEqual([50, 450])
  })

  it.each(['  two  spaces\n\nat ends ', '今天 ok。', ''])(
    'makes a trace of every text: %o',
    (text) => {
      expect(textOf(traceOf(text))).toBe(text)
    },
  )

  it('takes new settings while it runs', async () => {
    const { url, set } = await start({ fault: { kind: 'status', status: 503 } })

    const before = await complete(url)
    set({ fault: { kind: 'none' }, tokens: traceOf('好的') })
    const after = await complete(url)

    expect(before.status).toBe(503)
    expect((await after.text()).match(/"content":"[好的]"/g)).toHaveLength(2)
  })

  it('notes when a client goes away before the end', async () => {
    const { url, requests } = await start({ fault: { kind: 'hangs-after', after: 1 } })
    const stop = new AbortController()
    const answer = await complete(url, {}, stop.signal)

    await vi.waitFor(() => expect(requests[0]?.tokensSent).toBe(1))
    expect(requests[0]?.givenUpAtMs).toBeUndefined()
    stop.abort()

    await expect(answer.text()).rejects.toThrow()
    await vi.waitFor(() => expect(requests[0]?.givenUpAtMs).toBeDefined())
  })

  it('notes nothing of the kind when it dies itself', async () => {
    const { url, requests } = await start({ fault: { kind: 'dies-after', after: 1 } })

    await expect(complete(url).then((answer) => answer.text())).rejects.toThrow()
    expect(requests[0]).not.toHaveProperty('givenUpAtMs')
  })
})
