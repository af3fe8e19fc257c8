import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { copyProject } from '../support/service-project.ts'

let copy: ReturnType<typeof copyProject>
const elsewhere = mkdtempSync(join(tmpdir(), 'archives-'))
beforeAll(() => {
  copy = copyProject()
})
afterAll(() => {
  copy.remove()
  rmSync(elsewhere, { recursive: true })
})

it.each([
  ['AWS', ['--package', elsewhere]],
  ['Tencent SCF', ['--config', 'serverless.scf.yml']],
])(
  'packaging says where the archive of each function is: %s',
  async (_cloud, args) => {
    const printed = await copy.serverless(['package', ...args], {})

    const paths = [...printed.matchAll(/^(\S+\.zip) {2}\d+ kB$/gm)].map(([, path]) => path ?? '')
    const names = paths.map((path) => path.split('/').at(-1))
    expect(names.sort()).toEqual(['replies.zip', 'sweeper.zip', 'webhook.zip', 'worker.zip'])
    for (const path of paths) {
      const whole = isAbsolute(path) ? path : join(copy.project, path)
      expect(statSync(whole).size).toBeGreaterThan(10_000)
    }
  },
  120_000,
)
