import { createInterface } from 'node:readline/promises'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { realEndpoints } from './check-application.ts'
import { examine } from './examine.ts'
import { isHealthy } from './finding.ts'
import { type DoctorOptions, readDoctorOptions, USAGE } from './options.ts'
import { asJson, printFinding, printSummary } from './print.ts'

const EXIT = { right: 0, mend: 1, usage: 2, stopped: 130 }

const readOptions = (): DoctorOptions => {
  try {
    const options = readDoctorOptions(process.argv.slice(2))
    if (options.help) {
      console.log(USAGE)
      process.exit(EXIT.right)
    }
    if ((options.to ?? options.group) !== undefined && !options.yes && !process.stdin.isTTY) {
      throw new Error(
        `${options.to === undefined ? '--group' : '--to'} sends messages: add --yes where nobody can be asked`,
      )
    }
    return options
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    process.exit(EXIT.usage)
  }
}

const ask = async (question: string): Promise<boolean> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const gone = new AbortController()
  terminal.once('SIGINT', () => gone.abort())
  const { signal } = gone
  const answer = await terminal.question(`${question} [y/N] `, { signal }).catch(() => 'no')
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

const options = readOptions()
const stopped = new AbortController()
process.once('SIGINT', () => stopped.abort())
const colour = process.stdout.isTTY === true && !process.env['NO_COLOR']

const diagnosis = await examine(options, {
  env: process.env,
  endpoints: realEndpoints,
  clock: systemClock,
  tell: (finding) => options.json || console.log(printFinding(finding, colour)),
  mention: (sentence) => console.error(sentence),
  confirm: async (question) => options.yes || ask(question),
  signal: stopped.signal,
})
console.log(options.json ? asJson(diagnosis) : `\n${printSummary(diagnosis)}`)
const code = isHealthy(diagnosis) ? EXIT.right : EXIT.mend
process.exit(stopped.signal.aborted ? EXIT.stopped : code)
