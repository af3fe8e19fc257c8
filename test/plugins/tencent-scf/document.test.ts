import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { accessFrom } from '../../../plugins/tencent-scf/api/access.js'
import { scfApi } from '../../../plugins/tencent-scf/api/scf-api.js'
import { deployEnvironment } from '../../support/scf-deployment.ts'
import { projectDirectory } from '../../support/service-project.ts'

const read = (path: string): string => readFileSync(join(projectDirectory, path), 'utf8')
const page = read('docs/scf.md')

/** The actions of a policy in the page. */
const actionsOf = (policy: string): readonly string[] =>
  [...policy.matchAll(/"((?:scf|cls|ssm):\w+)"/g)].map(([, action = '']) => action)
const [, permissions = ''] = page.split('\n## Permissions\n')
const policies = [...permissions.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => json)

describe('docs/scf.md', () => {
  it('allows who deploys every action that is taken, and no other', () => {
    const api = scfApi(accessFrom(deployEnvironment, 'ap-singapore'), systemClock)
    const taken = [...Object.keys(api).map((action) => `scf:${action}`), 'cls:SearchLog']

    const allowed = actionsOf(policies[0] ?? '').filter((one) => one !== 'scf:InvokeFunction')

    expect(allowed.toSorted()).toEqual(taken.toSorted())
  })

  it('allows the functions what they call, and no other', () => {
    expect(actionsOf(policies[1] ?? '')).toEqual([
      'scf:Invoke',
      'scf:InvokeFunction',
      'ssm:GetSecretValue',
      'ssm:ListSecretVersionIds',
    ])
  })

  it('names every setting that serverless.scf.yml reads', () => {
    const names = [...read('serverless.scf.yml').matchAll(/\$\{env:([A-Z_]+)/g)]
      .map(([, name = '']) => name)
      .filter((name) => /^(SCF|TENCENTCLOUD)_/.test(name))

    expect(names).toContain('SCF_VPC_ID')
    for (const name of names) expect(page).toContain(`\`${name}\``)
  })

  it('takes a newcomer to the first answer in ten steps', () => {
    const [, steps = ''] = page.split('\n## From an empty account to the first answer\n')
    const numbers = [...(steps.split('\n## ')[0] ?? '').matchAll(/^(\d+)\. \*\*/gm)].map(
      ([, n]) => n,
    )

    expect(numbers).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'])
  })
})
