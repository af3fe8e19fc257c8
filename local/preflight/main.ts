import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { realEndpoints } from '../doctor/check-application.ts'
import { isHealthy } from '../doctor/finding.ts'
import { printFinding, printSummary } from '../doctor/print.ts'
import { type PreflightOptions, readPreflightOptions, USAGE } from './options.ts'
import { preflight } from './preflight.ts'

const EXIT = { right: 0, mend: 1, usage: 2 }
const directory = fileURLToPath(new URL('../..', import.meta.url))

const readOptions = (): PreflightOptions => {
  try {
    return readPreflightOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    process.exit(EXIT.usage)
  }
}

/** Runs a command as the shell would, and ends as it ends. */
const run = ([command = '', ...args]: readonly string[]): void => {
  const shell = process.platform === 'win32'
  const child = spawn(command, args, { stdio: 'inherit', shell, cwd: directory })
  child.once('error', (error) => {
    console.error(`${command} cannot be run: ${error.message}`)
    process.exitCode = EXIT.mend
  })
  child.once('exit', (code) => {
    process.exitCode = code ?? EXIT.mend
  })
}

const options = readOptions()
if (options.help && options.then === undefined) {
  console.log(USAGE)
  process.exit(EXIT.right)
}
const colour = process.stdout.isTTY === true && !process.env['NO_COLOR']
const findings = await preflight(options, {
  directory,
  env: process.env,
  clock: systemClock,
  endpoints: realEndpoints,
  tell: (finding) => console.log(printFinding(finding, colour)),
})
const diagnosis = { findings, settings: [] }
console.log(`\n${printSummary(diagnosis)}\n`)
if (!isHealthy(diagnosis)) process.exit(EXIT.mend)
if (options.then !== undefined) run(options.then)
