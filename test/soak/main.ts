import { readSoakOptions, type SoakOptions, USAGE } from './options.ts'
import { printFindings } from './report.ts'
import { soak } from './soak.ts'

const optionsOrExit = (): SoakOptions => {
  try {
    return readSoakOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    process.exit(2)
  }
}

const options = optionsOrExit()
const stopped = new AbortController()
/** The first signal ends everything in order, a second one at once. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopped.signal.aborted) process.exit(130)
    stopped.abort()
  })
}

const { run, facts, findings } = await soak(options, stopped.signal, console.log)
const command = `npm run soak -- ${process.argv.slice(2).join(' ')}${process.argv.includes('--seed') ? '' : ` --seed ${options.seed}`}`
if (findings.length > 0) printFindings(run, facts, findings, command)
else console.log(stopped.signal.aborted ? 'Stopped.' : 'Nothing was found.')
process.exit(findings.length > 0 ? 1 : stopped.signal.aborted ? 130 : 0)
