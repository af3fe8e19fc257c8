import { spawn } from 'node:child_process'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { guard } from './guarded-server.ts'
import { freePort } from './listen.ts'
import { wholeRequests } from './whole-requests.ts'

export type DynamoEngine = 'dynalite' | 'dynoxide'

/** A DynamoDB that lives in memory and ends with this process. */
export interface EmbeddedDynamo {
  readonly engine: DynamoEngine
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string
  close(): Promise<void>
}

const START_TRIES = 3
const START_LIMIT_MS = 3_000
const CLOSE_LIMIT_MS = 1_000
const POLL_MS = 2

/** Path of the binary in the optional package; `undefined` where it is not installed. */
export const dynoxidePath = (): string | undefined => {
  try {
    return createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide')
  } catch {
    return undefined
  }
}

/**
 * Starts an empty DynamoDB on 127.0.0.1, with `port` 0 on a free port. `auto` takes dynoxide where it is installed and
 * starts, else dynalite.
 */
export const startEmbeddedDynamo = async ({
  port = 0,
  engine = 'auto',
}: {
  readonly port?: number
  readonly engine?: DynamoEngine | 'auto'
} = {}): Promise<EmbeddedDynamo> => {
  if (engine === 'dynalite') return startDynalite(port)
  if (engine === 'dynoxide') return startDynoxide(port)
  return startDynoxide(port).catch(() => startDynalite(port))
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })

const startDynalite = async (port: number): Promise<EmbeddedDynamo> => {
  const { default: dynalite } = await import('dynalite')
  const server = guard(wholeRequests(dynalite({ createTableMs: 0 })))
  const bound = await listen(server, port)
  let busy = 0
  server.on('request', (_, response) => {
    busy += 1
    response.once('close', () => {
      busy -= 1
    })
  })
  return {
    engine: 'dynalite',
    endpoint: `http://127.0.0.1:${bound}`,
    close: async () => {
      // A write that is under way when its database goes would end the process.
      const limitMs = Date.now() + CLOSE_LIMIT_MS
      while (busy > 0 && Date.now() < limitMs) await wait(POLL_MS)
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (isOpen: boolean) => () => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', settle(true)).once('error', settle(false))
  })

/**
 * Ends the binary when standard input ends, and that happens however this process dies. Control-C goes to the shell as
 * well, which has to outlive it.
 */
const leash = 'trap "" INT TERM HUP; "$0" "$@" <&- & child=$!; read -r _; kill $child; wait $child'

const startDynoxide = async (port: number, triesLeft = START_TRIES): Promise<EmbeddedDynamo> => {
  const binary = dynoxidePath()
  if (binary === undefined) throw new Error('@dynoxide/linux-x64 is not installed on this machine.')
  const bound = port === 0 ? await freePort() : port
  const child = spawn('sh', ['-c', leash, binary, '--host', '127.0.0.1', '--port', `${bound}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve()).once('error', () => resolve())
  })
  const close = async (): Promise<void> => {
    child.stdin.end()
    await gone
  }

  for (const since = Date.now(); Date.now() - since < START_LIMIT_MS; await wait(POLL_MS)) {
    if (await answers(bound)) {
      return { engine: 'dynoxide', endpoint: `http://127.0.0.1:${bound}`, close }
    }
  }
  await close()
  if (triesLeft > 1) return startDynoxide(port, triesLeft - 1)
  throw new Error(`dynoxide did not listen on 127.0.0.1:${bound} within ${START_LIMIT_MS} ms.`)
}
