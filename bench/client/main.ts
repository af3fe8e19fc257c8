import { setTimeout as wait } from 'node:timers/promises'
import { readTrace, type Token } from '../../test/support/texts.ts'
import type { ClientJob, ClientReport, Helper } from './job.ts'

/**
 * A process that plays a trace through one helper. It warms up with a short reply, says `ready`, waits for `go`, and says how
 * it went; what was shown when, the server knows.
 */
process.once('disconnect', () => process.exit())
const job: ClientJob = JSON.parse(process.argv[2] ?? '')
const { helper } = (await import(`./helpers/${job.helper}.ts`)) as { readonly helper: Helper }
const tokens = readTrace(job.trace)

async function* play(startAtMs: number, list: readonly Token[]) {
  // A text that is known whole is there at once.
  const pace = job.options.wholeAt === undefined ? 1 : 0
  for (const { t, text } of list) {
    const waitMs = startAtMs + t * pace - Date.now()
    if (waitMs > 0) await wait(waitMs)
    yield text
  }
  if (job.failsAfterTokens !== undefined) throw new Error('The source failed.')
}

const warmTokens: readonly Token[] = Array.from({ length: 12 }, (_, nth) => ({
  t: nth * 30,
  text: `**word** ${nth} of a warm-up text. `,
}))

const replies = await Promise.all(
  job.urls.map(async (url) => {
    const open = await helper(url, job.options, job.env ?? {})
    const warmUp = await open('warm')
    // A process that writes many replies is warm after its first.
    if (url === job.urls[0]) await warmUp(play(Date.now(), warmTokens)).catch(() => {})
    return open('run')
  }),
)
process.send?.('ready')
await new Promise((resolve) => process.once('message', resolve))

const before = process.cpuUsage()
const list = tokens.slice(0, job.failsAfterTokens ?? tokens.length)
const outcomes = await Promise.all(
  replies.map(async (deliver) => {
    const startedAtMs = Date.now()
    const error = await deliver(play(startedAtMs, list)).then(
      () => undefined,
      (reason: unknown) => String(reason).slice(0, 200),
    )
    return { startedAtMs, error }
  }),
)
const { user, system } = process.cpuUsage(before)
const report: ClientReport = {
  startedAtMs: outcomes.map(({ startedAtMs }) => startedAtMs),
  errors: outcomes.map(({ error }) => error),
  cpuMs: (user + system) / 1_000,
  maxRssBytes: process.resourceUsage().maxRSS * 1_024,
}
process.send?.(report, () => process.exit())
