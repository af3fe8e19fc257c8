import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const project = fileURLToPath(new URL('../../..', import.meta.url))

it('the demo shows a reply from end to end, and its receipt', async () => {
  const script = `${project}local/demo/main.ts`

  const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: project })

  expect(stdout).toMatch(/status\s+finished/)
  expect(stdout).toMatch(/first text/)
})
