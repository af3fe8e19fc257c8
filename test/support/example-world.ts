import { spawn } from 'node:child_process'
import { text as readText } from 'node:stream/consumers'
import { eventOfRequest } from '../../local/cloud/http-event.ts'
import { repliesWorlds } from './replies-world.ts'
import { serveOn } from './serve-on.ts'
import { type Changes, endingsOfTests } from './worlds.ts'

/** What a front does to a request of this number before it answers. */
export type Trouble = 'none' | 'busy' | 'cut off'

/**
 * Gives each test of a file the replies API at an address of its own, in front of the simulator, and programs that ask it. The
 * address may be busy, or cut a connection off behind a request that was worked on.
 */
export const exampleWorlds = (secrets: readonly string[] = []) => {
  const startWorld = repliesWorlds(secrets)
  const endings = endingsOfTests()

  return async ({
    env = {},
    trouble = () => 'none',
  }: {
    readonly env?: Changes
    readonly trouble?: (n: number) => Trouble
  } = {}) => {
    const world = await startWorld({ env })
    let asked = 0
    const front = await serveOn(async (request, response) => {
      const happens = trouble(asked++)
      const body = Buffer.from(await readText(request))
      if (happens === 'busy') {
        response.writeHead(503, { 'retry-after': '0' }).end('{"message":"Service Unavailable"}')
        return
      }
      const url = new URL(request.url ?? '/', 'http://front')
      const routeKey = 'ANY /replies/{proxy+}'
      const nowMs = Date.now()
      const answer = await world.invoke(eventOfRequest({ request, url, routeKey, body, nowMs }))
      if (happens === 'cut off') {
        request.socket.destroy()
        return
      }
      response
        .writeHead(answer.status, Object.fromEntries(answer.headers))
        .end(JSON.stringify(answer.body))
    })
    endings.push(front.close)
    return { ...world, url: `${front.url}/replies` }
  }
}

/** Runs a program to its end: what it wrote, and its exit code. */
export const runProgram = async (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) => {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(command, args, {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [output, errors, code] = await Promise.all([
    readText(child.stdout),
    readText(child.stderr),
    exit,
  ])
  return { output, errors, code }
}
