import { writeSync } from 'node:fs'
import '../../lib/compose/writer.ts'

/** What a process of the crowd has used, a last line on its standard output. */
export interface CrowdUsage {
  readonly cpuMs: number
  readonly grownBytes: number
}

/** A process that delivers its share of many replies, and says what that took once its modules were loaded. */
const before = process.cpuUsage()
const rssBefore = process.memoryUsage.rss()
process.on('exit', () => {
  const { user, system } = process.cpuUsage(before)
  const usage: CrowdUsage = {
    cpuMs: (user + system) / 1_000,
    grownBytes: process.resourceUsage().maxRSS * 1_024 - rssBefore,
  }
  writeSync(1, `${JSON.stringify(usage)}\n`)
})
await import('../../test/support/replies-process.ts')
