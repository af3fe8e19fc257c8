import { setTimeout as wait } from 'node:timers/promises'
import { awsJsonClient } from '../../lib/adapters/aws/aws-json-client.ts'
import { dynamoReplyStore } from '../../lib/adapters/dynamo/reply-store/index.ts'
import { dynamoSlotStore } from '../../lib/adapters/dynamo/slot-store.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { tencentWays } from '../../lib/adapters/tencent/ways.ts'
import { composeChat } from '../../lib/compose/writer.ts'
import { readConfig } from '../../lib/config.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import { DEFAULT_NOTICES } from '../../lib/core/reply/notice.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { Log } from '../../lib/ports.ts'
import { rateLimit } from '../../lib/rate-limit/index.ts'
import { deliverReply } from '../../lib/reply/deliver.ts'
import type { WriterDeps, WriterSettings } from '../../lib/reply/writer-deps.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import { readTrace } from '../../test/support/texts.ts'
import { median } from '../statistics.ts'
import { sendChunk } from './send-chunk.ts'

/** What the process is told; it answers with figures by name. */
export interface MachineJob {
  readonly measures: 'cpu' | 'heap' | 'store'
  readonly url: string
  readonly rounds: number
  readonly env: Readonly<Record<string, string>>
}

process.once('disconnect', () => process.exit())
const job: MachineJob = JSON.parse(process.argv[2] ?? '')
const config = readConfig({ ...job.env, CHAT_ENDPOINT: job.url })
const tokens = readTrace('english-60')
const silent: Log = { info: () => {}, warn: () => {} }
const never = new AbortController().signal
const { chatApi } = composeChat(config, async () => config.CHAT_SECRET_KEY)
const nothingAsked = {
  reads: 0,
  readUnits: 0,
  writes: 0,
  units: 0,
  budgetWrites: 0,
  budgetUnits: 0,
}
const asked = { ...nothingAsked }

const settings = (minGapMs: number): WriterSettings => ({
  minGapMs,
  messageBytes: config.MESSAGE_BYTES,
  smoothMarkdown: config.SMOOTH_MARKDOWN,
  leaseMs: config.LEASE_MS,
  inDoubt: 'verify',
  ways: tencentWays(),
  notices: DEFAULT_NOTICES,
})

const aws = awsJsonClient({
  service: 'dynamodb',
  region: config.AWS_REGION,
  credentials: {
    accessKeyId: config.AWS_ACCESS_KEY_ID,
    secretAccessKey: config.AWS_SECRET_ACCESS_KEY,
  },
  endpoint: config.AWS_ENDPOINT_URL_DYNAMODB ?? '',
  clock: systemClock,
  random: Math.random,
})
/** Calls DynamoDB and has it say how many capacity units that took. */
const withUnits = async (...[target, body, signal]: Parameters<typeof aws>) => {
  const answer = await aws(target, { ...body, ReturnConsumedCapacity: 'TOTAL' }, signal)
  const { ConsumedCapacity } = answer as {
    readonly ConsumedCapacity?: { readonly CapacityUnits: number }
  }
  return { answer, units: ConsumedCapacity?.CapacityUnits ?? 1 }
}
const counted: typeof aws = async (target, body, signal) => {
  const isRead = /\.(Get|BatchGet|Query|Scan)/.test(target)
  if (isRead) asked.reads += 1
  else asked.writes += 1
  const { answer, units } = await withUnits(target, body, signal)
  asked.units += units
  if (isRead) asked.readUnits += units
  return answer
}
const countedStore: typeof aws = async (target, body, signal) => {
  asked.budgetWrites += 1
  const { answer, units } = await withUnits(target, body, signal)
  asked.budgetUnits += units
  return answer
}
const common = { chatApi, clock: systemClock, random: Math.random, log: silent }
const table = config.REPLIES_TABLE
const inMemory: WriterDeps = { ...common, store: memoryReplyStore() }
const inDynamo: WriterDeps = {
  ...common,
  store: dynamoReplyStore({ call: counted, table, clock: systemClock, random: Math.random }),
}

/** As where open messages are known to be shown. */
const sparse: WriterDeps = {
  ...inDynamo,
  openMessages: {
    areShown: () => true,
    refresh: () => {},
    findOut: () => {},
    contradict: () => {},
  },
}

let replies = 0
const deliver = async (deps: WriterDeps, deltas: AsyncIterable<string>, minGapMs: number) => {
  replies += 1
  const replyId = `machine-${process.pid}-${replies}` as ReplyId
  const nowMs = Date.now()
  const { record } = await deps.store.begin(
    {
      replyId,
      kind: 'turn',
      conversation: { from: '@RBT#bot', to: 'run' },
      createdAtMs: nowMs,
      progress: unsentProgress(nowMs),
      piecewise: false,
    },
    nowMs + config.LEASE_MS,
  )
  const delivery = { record, deltas, merge: true }
  return deliverReply(deps, settings(minGapMs), delivery, never)
}

const cpuMsOf = async (work: () => Promise<number>): Promise<number> => {
  const before = process.cpuUsage()
  const calls = await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / calls
}

/** Tokens of one call each, as many as come in the gap between two calls. */
const TOKENS_PER_CALL = 10
const groups = Array.from({ length: Math.ceil(tokens.length / TOKENS_PER_CALL) }, (_, nth) =>
  tokens.slice(nth * TOKENS_PER_CALL, (nth + 1) * TOKENS_PER_CALL).map(({ text }) => text),
)
const REPLIES_PER_ROUND = 15

/** The delivery loop as fast as it goes: the next tokens come when a call is over. */
const throughLoop = (deps: WriterDeps) => async (): Promise<number> => {
  let calls = 0
  for (let nth = 0; nth < REPLIES_PER_ROUND; nth += 1) {
    let over = () => {}
    const seen: WriterDeps = {
      ...deps,
      chatApi: {
        ...chatApi,
        sendChunk: (...call) => chatApi.sendChunk(...call).finally(() => over()),
      },
    }
    async function* source() {
      for (const group of groups) {
        const callOver = new Promise<void>((resolve) => {
          over = resolve
        })
        yield* group
        await callOver
      }
    }
    calls += (await deliver(seen, source(), 0)).progress.calls
  }
  return calls
}

const bare = async (): Promise<number> => {
  for (let nth = 0; nth < REPLIES_PER_ROUND; nth += 1) {
    let key: { readonly MsgKey?: string } = {}
    for (const [at, group] of groups.entries()) {
      const finish = at === groups.length - 1 ? { Finish: 1 } : {}
      const body = { To_Account: 'run', Chunk: group.join(''), ...key, ...finish }
      key = { MsgKey: await sendChunk(job.url, body) }
    }
  }
  return REPLIES_PER_ROUND * groups.length
}

/** Until the compiler has settled, rounds differ by half. */
const WARM_UP_ROUNDS = 4

/** CPU of a bare call and of one through the loop, in turns; medians. */
const besideBare = async (through: () => Promise<number>, rounds: number) => {
  const pairs: { readonly own: number; readonly bareOne: number }[] = []
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round += 1) {
    pairs.push({ own: await cpuMsOf(through), bareOne: await cpuMsOf(bare) })
  }
  const counted = pairs.slice(WARM_UP_ROUNDS)
  return {
    own: median(counted.map(({ own }) => own)),
    bareOne: median(counted.map(({ bareOne }) => bareOne)),
    ratio: median(counted.map(({ own, bareOne }) => own / bareOne)),
  }
}

const cpu = async () => {
  // The cheap one goes often, so that its ratio is steady.
  const memory = await besideBare(throughLoop(inMemory), job.rounds * 3)
  const dynamo = await besideBare(throughLoop(inDynamo), job.rounds)
  const seldom = await besideBare(throughLoop(sparse), job.rounds)
  return {
    cpuMsBare: memory.bareOne,
    cpuMsOurs: memory.own,
    cpuMsOursDynamo: dynamo.own,
    ratio: memory.ratio,
    ratioDynamo: dynamo.ratio,
    sparse: { cpuMs: seldom.own, ratio: seldom.ratio },
  }
}

const OPEN_REPLIES = 500

/** Replies that have sent something and wait for more. */
const heap = async () => {
  const collect = () => {
    for (let nth = 0; nth < 3; nth += 1) globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  async function* once() {
    yield* groups[0] ?? []
  }
  await Promise.all(Array.from({ length: 200 }, () => deliver(inDynamo, once(), 200)))
  const before = collect()
  async function* endless() {
    yield* groups[0] ?? []
    await new Promise(() => {})
    yield ''
  }
  for (let nth = 0; nth < OPEN_REPLIES; nth += 1) {
    void deliver(inDynamo, endless(), 200)
    if (nth % 50 === 0) await wait(50)
  }
  await wait(2_000)
  return { heapKilobytesPerOpenReply: (collect() - before) / 1_024 / OPEN_REPLIES }
}

/** The standard trace in real time, a few replies one after another in start. */
const store = async () => {
  const limit = rateLimit({
    store: dynamoSlotStore({ call: countedStore, table }),
    clock: systemClock,
    random: Math.random,
    callsPerSecond: 200,
    log: silent,
  })
  async function* play() {
    const startedAtMs = Date.now()
    for (const { t, text } of tokens) {
      const waitMs = startedAtMs + t - Date.now()
      if (waitMs > 0) await wait(waitMs)
      yield text
    }
  }
  limit.prepare()
  const { progress } = await deliver({ ...inDynamo, rateLimit: limit }, play(), 200)
  const each = { calls: progress.calls, ...asked }
  Object.assign(asked, nothingAsked)
  await deliver({ ...sparse, rateLimit: limit }, play(), 200)
  return {
    ...each,
    sparse: {
      reads: asked.reads,
      writes: asked.writes,
      units: asked.units - asked.readUnits,
      readUnits: asked.readUnits,
    },
  }
}

const figures: object = await { cpu, heap, store }[job.measures]()
process.send?.(figures, () => process.exit())
