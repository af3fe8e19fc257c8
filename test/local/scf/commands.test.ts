import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectDirectory } from '../../../local/scf/service.ts'
import { startScfApi } from '../../support/scf-api-stand-in.ts'
import { deployEnvironment, deployer, deploySecrets } from '../../support/scf-deployment.ts'

let scf: Awaited<ReturnType<typeof startScfApi>>
beforeAll(async () => {
  scf = await startScfApi(deployer, 0)
})
afterAll(() => scf.close())

interface Ended {
  readonly code: number
  readonly output: string
}

/** Runs a command as its npm script does, in this environment alone. */
const run = (command: 'deploy' | 'remove', env: Readonly<Record<string, string>>) =>
  new Promise<Ended>((resolve) => {
    const script = join(projectDirectory, `local/scf/${command}.ts`)
    const { PATH, HOME } = process.env
    const options = { cwd: projectDirectory, env: { PATH, HOME, ...env }, timeout: 60_000 }
    execFile(process.execPath, [script], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr })
    })
  })

const environment = () => ({ ...deployEnvironment, SCF_ENDPOINT: scf.endpoint })
const expectNoSecret = ({ output }: Ended): void => {
  for (const secret of deploySecrets) expect(output).not.toContain(secret)
}

describe('npm run deploy:scf and remove:scf', () => {
  it('deploy, say where the functions are, and take them away again', async () => {
    const deployed = await run('deploy', environment())
    const removed = await run('remove', environment())
    const nothing = await run('remove', environment())

    expect([deployed.code, removed.code, nothing.code]).toEqual([0, 0, 0])
    expect(deployed.output).toMatch(/^tencent-chat-stream-dev-worker {2}created$/m)
    expect(deployed.output).toMatch(
      /^Replies API {2}https:\/\/\S+-replies\.ap-singapore\.tencentscf\.com\/replies$/m,
    )
    expect(deployed.output).toMatch(/^Webhook {6}https:\/\/\S+-webhook\.\S+\/webhooks\/chat$/m)
    expect(removed.output).toMatch(/^tencent-chat-stream-dev-worker {2}removed$/m)
    expect(nothing.output).toMatch(/^tencent-chat-stream-dev-worker {2}was not there$/m)
    expect(scf.functions.size).toBe(0)
    for (const ended of [deployed, removed, nothing]) expectNoSecret(ended)
  }, 60_000)

  it('end with a message and without secrets where the key is wrong', async () => {
    const ended = await run('deploy', { ...environment(), TENCENTCLOUD_SECRET_KEY: 'wrong-secret' })

    expect(ended.code).toBe(1)
    expect(ended.output).toContain('AuthFailure.SignatureFailure')
    expect(ended.output).not.toContain('wrong-secret')
    expect(ended.output).not.toMatch(/^\s+at /m)
    expectNoSecret(ended)
  }, 60_000)
})
