import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { expect, it } from 'vitest'
import { secretProblem } from '../../../lib/core/secret-rules.ts'

const script = fileURLToPath(new URL('../../../local/secrets/command.js', import.meta.url))

const run = (...args: readonly string[]) =>
  new Promise<{ readonly code: unknown; readonly out: string; readonly error: string }>((resolve) =>
    execFile(process.execPath, [script, ...args], (error, out, errorOut) =>
      resolve({ code: error?.code ?? 0, out, error: errorOut }),
    ),
  )

const names = ['CHAT_CALLBACK_TOKEN', 'REPLIES_API_TOKEN', 'REPLIES_WEBHOOK_SECRET']

it.each([
  [[], parseEnv],
  [['--json'], JSON.parse],
] as const)(
  'prints secrets that every function takes, new ones each time (%j)',
  async (args, read) => {
    const first = read((await run('secrets', ...args)).out)
    const second = read((await run('secrets', ...args)).out)

    expect(Object.keys(first)).toEqual(names)
    for (const name of names) {
      expect(secretProblem(name, String(first[name])), name).toBeUndefined()
      expect(first[name]).not.toBe(second[name])
    }
  },
)

it.each([[['secret']], [['secrets', '--jsn']], [[]]])(
  'says how to call it where it was called wrongly (%j), and prints no secret',
  async (args) => {
    const { code, out, error } = await run(...args)

    expect([code, out]).toEqual([2, ''])
    expect(error).toContain('npx tencent-chat-stream secrets')
  },
)
