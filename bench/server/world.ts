import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { wellFormed } from '../../lib/core/text/well-formed.ts'
import type { SimulatedCall } from '../../local/simulator/call-log.ts'
import type { Fault } from '../../local/simulator/faults.ts'
import { chatRules } from '../../local/simulator/rules.ts'
import { type SimulatedService, simulatedService } from '../../local/simulator/service.ts'
import { type PlatformCall, readPlatformCall } from './platforms.ts'

/** The conversation in which a client warms itself up; nothing is measured there. */
const WARM_UP = 'warm'

/** What goes wrong with one call of the measured reply, counted from 0. */
export interface WorldFault {
  readonly index: number
  /** Applied, and then the connection breaks; or refused for being too fast. */
  readonly kind: 'dropAfter' | 'tooFast'
}

export interface WorldOptions {
  /** There and back, in ms; half of it before a call is applied. */
  readonly latencyMs: number
  readonly fault?: WorldFault
  /** What Tencent Chat allows; left out, it does not mind. */
  readonly callsPerSecond?: number
}

/** A call of the measured reply, as the server saw it. */
export interface LoggedCall {
  /** Whom it is for. */
  readonly conversation: string
  /** Unix milliseconds. */
  readonly startedAtMs: number
  /** Absent where the call was not applied. */
  readonly appliedAtMs?: number
  /** `append` adds its text to what is shown; `show` replaces what its message shows; `none` shows nothing. */
  readonly does: 'append' | 'show' | 'none'
  /** The message it is for. */
  readonly message: string
  readonly text: string
  readonly closes: boolean
}

/** A service that one client alone uses: Tencent Chat and the other platforms' few endpoints, on a port of its own. */
export interface World {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string
  readonly calls: () => readonly LoggedCall[]
  /** Rules of Tencent Chat that were broken, by kind. */
  readonly violations: () => readonly string[]
  close(): void
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] }

export const openWorld = async (options: WorldOptions): Promise<World> => {
  const { latencyMs, fault } = options
  const tencent = tencentService(options)
  const calls: Mutable<LoggedCall>[] = []
  let nth = 0

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://world')
    const body = (await buffer(request)).toString()
    const command = /^\/v4\/([^/]+\/[^/]+)$/.exec(path.pathname)?.[1]
    if (command !== undefined) return answerTencent(tencent, command, path, body, response)
    const type = request.headers['content-type'] ?? ''
    return answerPlatform(readPlatformCall(path.pathname, type, body), response)
  }

  const answerPlatform = async (call: PlatformCall, response: ServerResponse): Promise<void> => {
    const { conversation, does, message, closes } = call
    const text = wellFormed(call.text)
    const startedAtMs = Date.now()
    const measured = conversation !== WARM_UP
    const bends = measured && fault !== undefined && fault.index === nth ? fault.kind : undefined
    if (measured) nth += 1
    const logged: Mutable<LoggedCall> = { startedAtMs, conversation, does, message, text, closes }
    if (measured) calls.push(logged)
    await wait(latencyMs / 2)
    if (bends === 'tooFast') {
      await wait(latencyMs / 2)
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' })
      response.end(JSON.stringify(call.tooFast))
      return
    }
    logged.appliedAtMs = Date.now()
    await wait(latencyMs / 2)
    if (bends === 'dropAfter') return void response.destroy()
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(call.answer))
  }

  const server = createServer((request, response) => {
    // What rejects here is a request whose sender went away while sending it.
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    calls: () => [...tencentCalls(tencent), ...calls],
    violations: () => tencent.rules.violations.map(({ kind }) => kind),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const faultsOf: Record<WorldFault['kind'], Fault> = {
  dropAfter: { kind: 'dropAfter' },
  // The code of a call over the limit of 200 a second.
  tooFast: { kind: 'code', code: 60007 },
}

const isMeasured = (call: object): boolean =>
  'command' in call && call.command === 'send_stream_msg' && !('to' in call && call.to === WARM_UP)

const tencentService = ({
  latencyMs,
  fault,
  callsPerSecond = 100_000,
}: WorldOptions): SimulatedService => {
  let nth = 0
  return simulatedService({
    rules: chatRules({ callsPerSecond }),
    clock: systemClock,
    latencyMs,
    faults: (call) => {
      if (fault === undefined || !isMeasured(call)) return undefined
      nth += 1
      return nth - 1 === fault.index ? faultsOf[fault.kind] : undefined
    },
  })
}

const answerTencent = async (
  service: SimulatedService,
  command: string,
  url: URL,
  body: string,
  response: ServerResponse,
): Promise<void> => {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const outcome = await service.call(command, url.searchParams, JSON.parse(body), gone.signal)
  if (outcome.kind !== 'answer') return void response.destroy()
  response.writeHead(outcome.status, { 'content-type': 'application/json' }).end(outcome.text)
}

/** Calls that read back are not listed; overwriting does not happen in these runs. */
const tencentCalls = ({ calls }: SimulatedService): readonly LoggedCall[] =>
  calls.filter(isMeasured).map(loggedCall)

const loggedCall = (call: SimulatedCall): LoggedCall => ({
  conversation: call.to ?? '',
  startedAtMs: call.startedAtMs,
  ...(call.appliedAtMs === undefined ? {} : { appliedAtMs: call.appliedAtMs }),
  does: 'append',
  message: call.msgKey ?? '',
  // UTF-8 knows no half characters: whatever takes the text next destroys them.
  text: wellFormed(call.text ?? ''),
  closes: call.finish,
})
