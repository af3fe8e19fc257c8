import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

const page = readFileSync('docs/operate.md', 'utf8')
const section = page.slice(page.indexOf('## Deploying from CI'))
const [, block = ''] = /```yaml\n([\s\S]*?)```/.exec(section) ?? []

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
}

it('the workflow of docs/operate.md installs, then deploys with variables that the deployment reads, and holds no secret', () => {
  const steps: readonly Step[] = parse(block).jobs.deploy.steps

  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const [install, deploy] = steps.filter(({ run }) => run !== undefined)
  expect(install?.run).toBe('npm ci')
  const [, script = ''] =
    /^npm run (\S+) -- --stage \S+ --region \S+$/.exec(deploy?.run ?? '') ?? []
  expect(scripts[script]).toContain('serverless deploy')
  const deployment = readFileSync('serverless.yml', 'utf8')
  for (const [name, value] of Object.entries(deploy?.env ?? {})) {
    expect(deployment, name).toContain(`\${env:${name}`)
    expect(value).not.toContain('secrets.')
  }
})
