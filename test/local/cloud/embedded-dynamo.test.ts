import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { dynoxidePath, startEmbeddedDynamo } from '../../../local/cloud/embedded-dynamo.ts'

const engines =
  dynoxidePath() === undefined ? (['dynalite'] as const) : (['dynalite', 'dynoxide'] as const)

const isOpen = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host)
    const settle = (open: boolean) => () => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', settle(true)).once('error', settle(false))
  })

const outsideAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

const portOf = (endpoint: string): number => Number(new URL(endpoint).port)

describe.each(engines)('startEmbeddedDynamo (%s)', (engine) => {
  it('listens on this machine alone until it is closed', async () => {
    const outside = outsideAddress()

    const dynamo = await startEmbeddedDynamo({ engine })
    const port = portOf(dynamo.endpoint)
    const open = [
      await isOpen('127.0.0.1', port),
      outside !== undefined && (await isOpen(outside, port)),
    ]
    await dynamo.close()

    expect(dynamo.endpoint).toBe(`http://127.0.0.1:${port}`)
    expect(open).toEqual([true, false])
    expect(await isOpen('127.0.0.1', port)).toBe(false)
  })

  it('ends with the process that started it, even when that is killed', async () => {
    const script = `
      const { startEmbeddedDynamo } = await import('./local/cloud/embedded-dynamo.ts')
      console.log((await startEmbeddedDynamo({ engine: '${engine}' })).endpoint)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const endpoint = await new Promise<string>((resolve) => {
      parent.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()))
    })
    const port = portOf(endpoint)
    const before = await isOpen('127.0.0.1', port)

    parent.kill('SIGKILL')
    for (let i = 0; i < 100 && (await isOpen('127.0.0.1', port)); i += 1) await wait(10)

    expect(before).toBe(true)
    expect(await isOpen('127.0.0.1', port)).toBe(false)
  })
})
