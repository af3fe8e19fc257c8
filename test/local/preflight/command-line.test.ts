import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { startLocalCloud } from '../../../local/cloud/cloud.ts'
import { readPreflightOptions } from '../../../local/preflight/options.ts'
import { endAll, endings, secretKey, startCentre } from '../../support/doctor-world.ts'
import { nodePath, projectDirectory } from '../../support/service-project.ts'

afterEach(endAll)

describe('the options of preflight', () => {
  it('are its own, or those of the command that it stands before', () => {
    expect(readPreflightOptions(['--stage', 'prod', '-r', 'eu-central-1'])).toEqual({
      stage: 'prod',
      region: 'eu-central-1',
      config: 'serverless.yml',
      help: false,
    })
    const then = 'serverless deploy --config serverless.scf.yml --stage prod --verbose'.split(' ')
    expect(readPreflightOptions(['--then', ...then])).toEqual({
      stage: 'prod',
      config: 'serverless.scf.yml',
      then,
      help: false,
    })
    expect(readPreflightOptions([])).toMatchObject({ stage: 'dev' })
    expect(() => readPreflightOptions(['--stag', 'prod'])).toThrow('--stag')
  })
})

describe('npm run deploy', () => {
  /** Preflight before a command that notes its arguments and ends with 7. */
  const deploy = async (env: Readonly<Record<string, string | undefined>>) => {
    const directory = mkdtempSync(join(tmpdir(), 'preflight-'))
    endings.push(() => rmSync(directory, { recursive: true }))
    const script = join(directory, 'deploys.mjs')
    writeFileSync(script, 'console.log("deployed", ...process.argv.slice(2)); process.exit(7)')
    const args = ['local/preflight/main.ts', '--then', nodePath, script, '--stage', 'local']
    const { PATH, HOME } = process.env
    return promisify(execFile)(nodePath, args, {
      cwd: projectDirectory,
      env: { PATH, HOME, AWS_EC2_METADATA_DISABLED: 'true', ...env },
    }).catch((error: { readonly code: number; readonly stdout: string }) => error)
  }

  it('deploys where nothing must be mended, and ends as the deployment ends', async () => {
    const keys = { CHAT_SECRET_KEY: secretKey, CHAT_CALLBACK_TOKEN: 'the-callback-token' }
    const cloud = await startLocalCloud(projectDirectory, keys)
    endings.push(cloud.close)
    const chat = { CHAT_SDK_APP_ID: '1400000000', CHAT_ENDPOINT: await startCentre(1_400_000_000) }

    const ended = await deploy({ ...cloud.runtime, ...chat })

    expect(ended.stdout).toMatch(/All that is needed is right\.\s+deployed --stage local\n$/)
    expect(ended).toMatchObject({ code: 7 })
    expect(ended.stdout).not.toContain(secretKey)
  })

  it('deploys nothing where something must be mended', async () => {
    const ended = await deploy({ CHAT_SDK_APP_ID: 'abc', AWS_REGION: 'eu central' })

    expect(ended).toMatchObject({ code: 1 })
    expect(ended.stdout).toMatch(/✗ Variables\n +heard +CHAT_SDK_APP_ID must.*\n +AWS_REGION must/)
    expect(ended.stdout).not.toContain('deployed')
  })
})
