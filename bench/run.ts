import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Context, Mode } from './context.ts'
import { goalsOf, verdictOf } from './goals.ts'
import { tableOf } from './markdown.ts'
import { crowd } from './parts/crowd.ts'
import { faults } from './parts/faults.ts'
import { functions } from './parts/functions.ts'
import { gaps } from './parts/gaps.ts'
import { machine } from './parts/machine.ts'
import { page } from './parts/page.ts'
import { peers } from './parts/peers.ts'
import { virtualCrowd } from './parts/virtual-crowd.ts'
import { readResult, writeResult } from './results.ts'
import { startServer } from './server-process.ts'

const parts: Readonly<Record<string, (context: Context) => Promise<object>>> = {
  peers,
  faults,
  crowd,
  'virtual-crowd': virtualCrowd,
  gaps,
  machine,
  functions,
  page,
}

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
const chosen = values.part?.split(',') ?? Object.keys(parts)

const installPackages = (): void => {
  const directory = fileURLToPath(new URL('.', import.meta.url))
  if (existsSync(`${directory}/node_modules/@observablehq/plot`)) return
  console.log('Installing the packages of the benchmark alone (npm ci in bench/) …')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: directory, stdio: 'inherit' })
}

installPackages()
const server = startServer()
const startedAtMs = Date.now()
const say = (line: string) =>
  console.log(`${((Date.now() - startedAtMs) / 1_000).toFixed(0).padStart(5)} s  ${line}`)
for (const name of chosen) {
  const part = parts[name]
  if (part === undefined)
    throw new Error(`There is no part ${name}: ${Object.keys(parts).join(', ')}`)
  if (values.resume && readResult(mode, name) !== undefined) continue
  say(`${name} …`)
  const result = await part({
    mode,
    repeats,
    server,
    say,
    result: (other) => readResult(mode, other),
  })
  writeResult(mode, name, { takenAt: new Date().toISOString(), ...result })
}
server.stop()

const goals = goalsOf((part) => readResult(mode, part))
console.log(
  `\n${tableOf(
    ['measure', 'goal', 'figure', ''],
    goals.map((goal) => [goal.measure, goal.goal, goal.figure, verdictOf(goal)]),
  )}`,
)
