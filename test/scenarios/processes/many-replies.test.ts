import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text as readText } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import type { SimulatedCall } from '../../../local/simulator/call-log.ts'
import { type Environment, startLocalCloud } from '../../support/local-cloud.ts'
import { mostInASecond, quantile } from '../../support/rate-limit-world.ts'
import type { AssignedReply, Assignment, DeliveredReply } from '../../support/replies-process.ts'
import { readTrace, type Token, textOf } from '../../support/texts.ts'

const PROCESSES = 8
const LIMIT = 200
const LATENCY_MS = 80
const TRACE = 'english-60'
const BOT = '@RBT#bot'

const tokens = readTrace(TRACE)
const text = textOf(tokens)
const durationMs = tokens.at(-1)?.t ?? 0

/** Starts a process of its own that delivers its share of the replies. */
const deliverIn = async (env: Environment, assignment: Assignment): Promise<DeliveredReply[]> => {
  const script = fileURLToPath(new URL('../../support/replies-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(assignment)], {
    env: { ...process.env, ...env, POWERTOOLS_LOG_LEVEL: 'SILENT' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await Promise.all([readText(child.stdout), once(child, 'exit')])
  return (
    output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      // Its metrics are lines of the output, too.
      .filter((line): line is DeliveredReply => !('_aws' in line))
  )
}

/** How old each token was when the call that carried its last character was applied, in ms. */
const lagsOf = (startAtMs: number, calls: readonly SimulatedCall[], list: readonly Token[]) => {
  let end = 0
  let carried = 0
  const left = [...calls]
  let atMs = 0
  return list.map(({ t, text: token }) => {
    end += token.length
    while (carried < end) {
      const call = left.shift()
      carried += call?.text?.length ?? Number.POSITIVE_INFINITY
      atMs = call?.appliedAtMs ?? Number.POSITIVE_INFINITY
    }
    return atMs - (startAtMs + t)
  })
}

/** The 95 % lag of replies that call in turn, evenly, at the full rate: text waits for most of the time between two calls. */
const evenP95Ms = (replies: number): number => {
  const callsEach = (durationMs / 1_000) * (LIMIT / replies)
  return Math.max(200, durationMs / (callsEach - 1)) * 0.95 + LATENCY_MS / 2
}

const table: Record<string, Record<string, number>> = {}
afterAll(() => console.table(table))

test.each([200, 500])(
  '%i replies over 8 processes stay inside 200 calls a second, and all close',
  async (count) => {
    const cloud = await startLocalCloud({ latencyMs: LATENCY_MS, engine: 'auto' })
    const env = { ...cloud.env, MIN_GAP_MS: '200', CALLS_PER_SECOND: String(LIMIT) }
    // The processes start cold first.
    const firstMs = Date.now() + 5_000
    const replies: AssignedReply[] = Array.from({ length: count }, (_, i) => ({
      replyId: `reply-${i}`,
      to: `user-${i}`,
      startAtMs: firstMs + Math.round((i * durationMs) / count),
    }))

    const shares = Array.from({ length: PROCESSES }, (_, share) =>
      deliverIn(env, {
        from: BOT,
        trace: TRACE,
        replies: replies.filter((_reply, i) => i % PROCESSES === share),
      }),
    )
    const delivered = (await Promise.all(shares)).flat()
    const messages = cloud.chat.rules.messages()
    const sends = cloud.sends()
    await cloud.close()

    const callsTo = (user: string) => sends.filter(({ to }) => to === user)
    const lags = replies.map(({ to, startAtMs }) => lagsOf(startAtMs, callsTo(to), tokens))
    const each = lags.map((list) => quantile(list, 0.95))
    table[`${count} replies`] = {
      calls: sends.length,
      refused: delivered.reduce((sum, { retries }) => sum + retries, 0),
      'most in 1 s': mostInASecond(
        sends.map(({ startedAtMs }) => startedAtMs).sort((a, b) => a - b),
      ),
      'lag p50': Math.round(quantile(lags.flat(), 0.5)),
      'lag p95': Math.round(quantile(lags.flat(), 0.95)),
      'even p95': Math.round(evenP95Ms(count)),
      'worst / median': Number((Math.max(...each) / quantile(each, 0.5)).toFixed(2)),
    }
    expect(cloud.chat.rules.violations).toEqual([])
    expect(delivered.map(({ status }) => status)).toEqual(replies.map(() => 'finished'))
    expect(messages.map((message) => message.text)).toEqual(replies.map(() => text))
    expect(messages.every(({ finished }) => finished)).toBe(true)
  },
  90_000,
)
