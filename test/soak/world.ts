import { fileURLToPath } from 'node:url'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { composeWriter, type Writer } from '../../lib/compose/writer.ts'
import { readConfig } from '../../lib/config.ts'
import { type LocalCloud, startLocalCloud } from '../../local/cloud/cloud.ts'
import { listen } from '../../local/cloud/listen.ts'
import { chatRules } from '../../local/simulator/rules.ts'
import { startSimulator } from '../../local/simulator/server.ts'
import { type SimulatedService, simulatedService } from '../../local/simulator/service.ts'
import { functionEnvironment } from '../../local/stack/function-environment.ts'
import type { FunctionPool } from '../../local/stack/function-pool.ts'
import { gateway, sendMessage } from '../../local/stack/gateway.ts'
import { localFunctions } from '../../local/stack/local-functions.ts'
import { turnWatch } from '../../local/stack/turn-watch.ts'
import { giveUpOldCalls } from '../scenarios/kill/call-age.ts'
import { type LogLines, logLines } from './log-lines.ts'
import { type SoakModel, startSoakModel } from './model.ts'
import type { Chance } from './random.ts'
import { type Sandboxes, sandboxes } from './sandboxes.ts'
import { environmentOf, type RunSettings } from './settings.ts'

/** Everything between producers and users, as real as one machine allows. */
export interface SoakWorld {
  /** Of the gateway. */
  readonly url: string
  readonly service: SimulatedService
  readonly model: SoakModel
  readonly sandboxes: Sandboxes
  readonly log: LogLines
  readonly store: Writer['deps']['store']
  /** When each call of `send_stream_msg` was begun by its process, Unix ms, in the order in which they came. */
  readonly begunAtMs: readonly number[]
  /** Calls that arrived long after they were begun, and were given up. */
  readonly givenUp: () => number
  /** Runs the sweeper out of turn. */
  sweep(): Promise<void>
  close(): Promise<void>
}

export const SDK_APP_ID = 1_400_000_000
export const CALLBACK_TOKEN = 'soak-callback-token-0001'
export const API_TOKEN = 'soak-replies-api-token-0001'

const directory = fileURLToPath(new URL('../..', import.meta.url))
const preload = new URL('sandbox/preload.ts', import.meta.url).href
/** The most that a clock may be wrong; a callback is taken up to a minute ahead of the clock of its webhook. */
const FARTHEST_OFFSET_MS = 40_000
const FARTHEST_LEAP_MS = 15_000
const LATEST_LEAP_MS = 60_000

export interface WorldOptions {
  readonly settings: RunSettings
  readonly chance: Chance
  /** Whether sandboxes may have clocks that are wrong. */
  readonly wrongClocks: boolean
}

/** Starts it all on the loopback interface. Rejects with what is wrong where a function does not load. */
export const startSoakWorld = async (options: WorldOptions): Promise<SoakWorld> => {
  const { settings, chance, wrongClocks } = options
  const begunAtMs: number[] = []
  const oldCalls = giveUpOldCalls((atMs) => begunAtMs.push(atMs))
  const service = simulatedService({
    // Calls arrive bunched on a crowded machine: the rate is judged by when they were begun.
    rules: chatRules({ ...settings.service, callsPerSecond: 100_000 }),
    clock: systemClock,
  })
  const simulator = await startSimulator(service)
  const model = await startSoakModel()
  const cloud = await startLocalCloud(directory, {
    ...environmentOf(settings),
    CHAT_SDK_APP_ID: String(SDK_APP_ID),
    CHAT_SECRET_KEY: 'soak-secret-key-of-the-simulated-application-0001',
    CHAT_CALLBACK_TOKEN: CALLBACK_TOKEN,
    CHAT_ENDPOINT: simulator.url,
    REPLIES_API_TOKEN: API_TOKEN,
    REPLY_SOURCE: 'openai',
    OPENAI_BASE_URL: model.url,
    OPENAI_API_KEY: 'soak-model-key-0001',
    OPENAI_MODEL: 'soak',
  })
  const processes = sandboxes()
  // However this process ends: one that is frozen would never learn of it.
  process.once('exit', processes.endAll)
  const log = logLines()
  const functions = localFunctions({
    directory,
    turns: turnWatch(() => {}),
    builds: { build: () => ({ number: 1, atMs: 0 }), errorOf: () => undefined },
    timeoutMs: () => undefined,
    sourcesFound: () => {},
    service: () => cloud.readService({}),
    resources: cloud.resources,
    sqs: cloud.sqs,
    runtime: {
      ...cloud.runtime,
      NODE_OPTIONS: `--import=${preload}`,
      // Read for each new sandbox.
      get SOAK_OFFSET_MS() {
        return String(wrongClocks ? offset(chance) : 0)
      },
      get SOAK_LEAP_MS() {
        return String(wrongClocks ? leap(chance) : 0)
      },
      get SOAK_LEAP_AFTER_MS() {
        return String(chance.whole(1_000, LATEST_LEAP_MS))
      },
    },
    print: (name, line) => {
      if (!processes.note(name, line)) log.note(name, line)
    },
  })
  const handle = gateway(functions.routes)
  const server = await listen(0, (request, response) => {
    const url = new URL(request.url ?? '/', 'http://soak')
    if (!handle(request, response, url)) sendMessage(response, 404, 'Not Found')
  })
  const stopped = new AbortController()
  const { store } = composeWriter(readConfig(ownEnvironment(cloud)), silent).deps
  const sweeper = poolOf(functions.pools, 'sweeper')

  const close = async (): Promise<void> => {
    stopped.abort()
    await functions.close()
    processes.endAll()
    process.off('exit', processes.endAll)
    oldCalls.stop()
    await Promise.all([server.close(), simulator.close(), model.close(), cloud.close()])
  }
  const failed = (await Promise.all(functions.pools.map((pool) => pool.warmUp()))).find(
    ({ ok }) => !ok,
  )
  if (failed?.ok === false) {
    await close()
    throw new Error(`a function does not load: ${failed.error.detail}`)
  }
  functions.runTriggers(stopped.signal)
  return {
    url: `http://127.0.0.1:${server.port}`,
    service,
    model,
    sandboxes: processes,
    log,
    store,
    begunAtMs,
    givenUp: oldCalls.count,
    sweep: async () => void (await sweeper.invoke({})),
    close,
  }
}

/** Most clocks are right; the others are wrong by anything up to the farthest. */
const offset = ({ happens, whole }: Chance): number =>
  happens(0.5) ? 0 : whole(-FARTHEST_OFFSET_MS, FARTHEST_OFFSET_MS)

/** Few are set while they run, so that offset and leap together stay within what callbacks allow. */
const leap = ({ happens, whole }: Chance): number =>
  happens(0.8) ? 0 : whole(-FARTHEST_LEAP_MS, FARTHEST_LEAP_MS)

const silent = { info: () => {}, warn: () => {} }

/** This process looks into the table as a function would. */
const ownEnvironment = (cloud: LocalCloud): Readonly<Record<string, string>> => {
  const file = cloud.readService({})
  const entry = file.functions['replies']
  if (entry === undefined) throw new Error('serverless.yml: there is no function replies.')
  return { ...functionEnvironment(file, entry, cloud.resources), ...cloud.runtime }
}

const poolOf = (pools: readonly FunctionPool[], name: string): FunctionPool => {
  const found = pools.find((pool) => pool.name === name)
  if (found === undefined) throw new Error(`serverless.yml: there is no function ${name}.`)
  return found
}
