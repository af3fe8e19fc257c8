import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Mode } from './context.ts'
import { goalsOf, verdictOf } from './goals.ts'
import { tableOf } from './markdown.ts'
import { readResult, writeResult } from './results.ts'
import { startServer } from './server-process.ts'

/** Runs the benchmark: `--quick`, `--part peers,faults`, `--repeats 1`, `--resume`; ends with a table of goals. */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    part: { type: 'string' },
    repeats: { type: 'string' },
    resume: { type: 'boolean', default: false },
  },
})
const mode: Mode = values.quick ? 'quick' : 'whole'
const repeats = Number(values.repeats ?? (mode === 'quick' ? 2 : 5))

const installPackages = (): void => {
  const directory = fileURLToPath(new URL('.', import.meta.url))
  if (existsSync(`${directory}/node_modules/.package-lock.json`)) return
  console.log('Installing the packages of the benchmark alone: npm ci in bench/')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: directory, stdio: 'inherit' })
}

installPackages()
// Only now can what needs those packages be loaded.
const { parts } = await import('./all-parts.ts')
const names = values.part?.split(',') ?? Object.keys(parts)
const unknown = names.filter((name) => parts[name] === undefined)
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}.`,
  )
  process.exit(1)
}

const server = startServer()
const startedAtMs = Date.now()
const say = (line: string) =>
  console.log(`${((Date.now() - startedAtMs) / 1_000).toFixed(0).padStart(5)} s  ${line}`)
const result = <T>(part: string) => readResult<T>(mode, part)
for (const name of names) {
  if (values.resume && name !== 'page' && result(name) !== undefined) continue
  say(`${name} …`)
  const outcome = await parts[name]?.({ mode, repeats, server, say, result })
  writeResult(mode, name, { takenAt: new Date().toISOString(), ...outcome })
}
server.stop()

const rows = goalsOf(result).map((goal) => [goal.measure, goal.goal, goal.figure, verdictOf(goal)])
console.log(`\n${tableOf(['measure', 'goal', 'figure', ''], rows)}`)
