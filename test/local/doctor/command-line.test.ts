import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, test } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import type { Finding } from '../../../local/doctor/finding.ts'
import { readDoctorOptions } from '../../../local/doctor/options.ts'
import { printFinding, printSummary } from '../../../local/doctor/print.ts'
import { chatRules } from '../../../local/simulator/rules.ts'
import { type SimulatorServer, startSimulator } from '../../../local/simulator/server.ts'
import { simulatedService } from '../../../local/simulator/service.ts'
import { userSigCheck } from '../../../local/simulator/user-sig-check.ts'

const script = fileURLToPath(new URL('../../../local/doctor/main.ts', import.meta.url))
const secretKey = 'chat-secret-key'
const rules = chatRules()
let simulator: SimulatorServer

beforeAll(async () => {
  const userSig = userSigCheck({
    sdkAppId: 1_400_000_000,
    admins: ['administrator'],
    secretKey: () => secretKey,
  })
  simulator = await startSimulator(simulatedService({ rules, clock: systemClock, userSig }))
})

afterAll(() => simulator.close())

/** Runs the program as `npm run doctor` does, without a terminal. */
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  new Promise<{ readonly code: unknown; readonly out: string; readonly error: string }>(
    (resolve) => {
      const child = execFile(
        process.execPath,
        [script, ...args],
        {
          env: {
            CHAT_SDK_APP_ID: '1400000000',
            CHAT_SECRET_KEY: secretKey,
            CHAT_ENDPOINT: simulator.url,
            ...env,
          },
        },
        (error, out, errorOut) => {
          expect(out + errorOut).not.toContain(secretKey)
          resolve({ code: error?.code ?? 0, out, error: errorOut })
        },
      )
      child.stdin?.end()
    },
  )

it('asks the service, prints what it found and the settings to use, and ends with 0', async () => {
  const args = ['--bot', '@RBT#bot', '--create-robot', '--to', 'user01', '--yes']

  const { code, out } = await run(args)

  expect(code).toBe(0)
  expect(out).toContain('✓ Robot account\n    heard  @RBT#bot was created.\n')
  expect(out).toContain('✓ Reading an open message back\n    asked  sent two chunks')
  expect(out).toContain('Settings to use\n    IN_DOUBT=verify  (as it is)\n')
  expect(out).toContain('All that is needed is right.')
  expect(rules.messages().map(({ finished }) => finished)).toEqual(Array(6).fill(true))
})

it('ends with 1 where something must be mended, and says what', async () => {
  const { code, out } = await run([], { CHAT_SECRET_KEY: 'another' })

  expect(code).toBe(1)
  expect(out).toContain('✗ Key\n    heard  ErrorCode 70009')
  expect(out).toContain('One thing must be mended (marked ✗).')
})

it('prints JSON and nothing else where it is asked to', async () => {
  const { code, out } = await run(['--json'], { CHAT_ADMIN: 'user01' })

  const { healthy, findings } = JSON.parse(out)
  expect([code, healthy]).toEqual([1, false])
  expect(findings).toContainEqual(expect.objectContaining({ id: 'admin', verdict: 'wrong' }))
})

it.each(['--help', '-h'])('explains itself and ends with 0 for %s', async (option) => {
  const { code, out, error } = await run([option], { CHAT_SDK_APP_ID: '' })

  expect([code, error]).toEqual([0, ''])
  expect(out).toContain('npm run doctor -- --to USER')
})

it('puts the rest of a long sentence under its beginning', () => {
  const heard = 'word '.repeat(40).trim()

  const lines = printFinding({ id: 'a', verdict: 'right', title: 'Words', heard }, false).split(
    '\n',
  )

  expect(lines[1]).toMatch(/^ {4}heard {2}word/)
  expect(lines.slice(2).every((line) => /^ {11}word/.test(line))).toBe(true)
  expect(lines.every((line) => line.length <= 100)).toBe(true)
  expect(lines.slice(1).join(' ').replace('heard', '').split(/\s+/).filter(Boolean)).toHaveLength(
    40,
  )
})

test.each([
  [1, 'One thing could not be told'],
  [2, '2 things could not be told'],
])('counts %d finding in plain English', (count, sentence) => {
  const finding: Finding = { id: 'a', verdict: 'unknown', title: 'A', heard: 'nothing' }

  expect(printSummary({ findings: Array(count).fill(finding), settings: [] })).toContain(sentence)
})

it.each([
  [['--unheard-of'], 'unheard-of'],
  [['--to', 'user01'], '--to sends messages: add --yes where nobody can be asked'],
])('ends with 2 for %j', async (args, complaint) => {
  const { code, out, error } = await run(args)

  expect([code, out]).toEqual([2, ''])
  expect(error).toContain(complaint)
  expect(error).toContain('npm run doctor -- --to USER')
})

test.each([
  [['--bot', 'bot'], '--bot must begin with @RBT#'],
  [['--bot', `@RBT#${'x'.repeat(28)}`], 'at most 32 bytes'],
  [['--to', ''], '--to must be a UserID'],
  [['--to', '@RBT#bot'], '--to must be a user, not a bot'],
  [['--create-robot'], '--create-robot needs --bot'],
  [['--callback-url', 'example.com'], '--callback-url must be a URL'],
  [['--callback-url', 'https://user@example.com/'], '--callback-url must be a URL'],
  [['--callback-url', 'https://example.com/?a=b'], 'must have no query'],
])('%j is refused', (args, complaint) => {
  expect(() => readDoctorOptions(args)).toThrow(complaint)
})
