import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { packageService } from '../../test/support/packaged-service.ts'
import type { Context } from '../context.ts'
import { median } from '../statistics.ts'

/** A cold start of one packaged function, or of what stands beside it. */
interface FunctionFigures {
  readonly name: string
  readonly bundleBytes: number
  /** Of the zip; absent for what is not deployed. */
  readonly archiveBytes?: number
  /** `require` of the bundle in a fresh process, in ms, medians; then over that of an empty function. */
  readonly loadMs: number
  readonly addedMs: number
  readonly cpuMs: number
  readonly rssMegabytes: number
}

export interface FunctionsResult {
  readonly starts: number
  readonly functions: readonly FunctionFigures[]
}

export const SDK = '@aws-sdk/client-dynamodb'
const EMPTY = 'an empty function'
const run = promisify(execFile)

/** What `npm run package` makes, each function loaded in fresh processes, in turns with the SDK alone and with nothing. */
export const functions = async (context: Context): Promise<FunctionsResult> => {
  const starts = context.mode === 'quick' ? 7 : 20
  const packaged = await packageService({})
  const directory = mkdtempSync(join(tmpdir(), 'tencent-chat-stream-'))
  try {
    const own = functionNames(packaged.template).map((name) => {
      const { handlerPath, archiveBytes } = packaged.unpack(name)
      return { name, path: handlerPath, archiveBytes }
    })
    context.say('packaged')
    const candidates = [...own, ...(await standards(directory))]
    const samples = new Map<string, Sample[]>(candidates.map(({ name }) => [name, []]))
    // In turns, so that a busy moment hits all alike; the first turn warms the disk's cache.
    for (let turn = 0; turn <= starts; turn += 1) {
      for (const { name, path } of candidates) {
        const sample = await load(path)
        if (turn > 0) samples.get(name)?.push(sample)
      }
    }
    const of = (name: string, field: keyof Sample) =>
      median((samples.get(name) ?? []).map((sample) => sample[field]))
    return {
      starts,
      functions: candidates.map(({ name, path, ...rest }) => ({
        name,
        bundleBytes: statSync(path).size,
        ...rest,
        loadMs: of(name, 'loadMs'),
        addedMs: of(name, 'loadMs') - of(EMPTY, 'loadMs'),
        cpuMs: of(name, 'cpuMs'),
        rssMegabytes: of(name, 'rssMegabytes'),
      })),
    }
  } finally {
    packaged.remove()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The names of the functions in `serverless.yml`, as the template has their handlers. */
const functionNames = (template: string): readonly string[] => [
  ...new Set(
    [...template.matchAll(/"Handler":\s*"handlers\/([\w-]+)\.handler"/g)].map((m) => m[1] ?? ''),
  ),
]

/** The SDK's client alone, bundled as our functions are, and a function that does nothing. */
const standards = async (directory: string) => {
  const sdk = join(directory, 'sdk.cjs')
  await build({
    stdin: {
      contents: `import { DynamoDBClient, GetItemCommand } from '${SDK}'
const client = new DynamoDBClient({ region: 'eu-central-1' })
export const handler = (event) => client.send(new GetItemCommand(event))`,
      resolveDir: fileURLToPath(new URL('..', import.meta.url)),
    },
    outfile: sdk,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node18',
    format: 'cjs',
    mainFields: ['module', 'main'],
    logLevel: 'error',
  })
  const empty = join(directory, 'empty.cjs')
  writeFileSync(empty, 'exports.handler = async () => {}\n')
  return [
    { name: SDK, path: sdk },
    { name: EMPTY, path: empty },
  ]
}

interface Sample {
  readonly loadMs: number
  readonly cpuMs: number
  readonly rssMegabytes: number
}

const loader = `const before = process.cpuUsage(), at = performance.now()
require(process.argv[1])
const loadMs = performance.now() - at, { user, system } = process.cpuUsage(before)
console.log(JSON.stringify({ loadMs, cpuMs: (user + system) / 1000, rssMegabytes: process.memoryUsage.rss() / 2 ** 20 }))
process.exit()`

/** Enough for any function to start with; nothing is called. */
const environment = {
  CHAT_SDK_APP_ID: '1400000000',
  CHAT_SECRET_KEY: 'a'.repeat(64),
  CHAT_CALLBACK_TOKEN: 'callback-token',
  REPLIES_TABLE: 'replies',
  REPLIES_API_TOKEN: 'api-token-of-the-bench',
  REPLIES_QUEUE_URL: 'http://127.0.0.1:1/000000000000/replies.fifo',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
}

const load = async (path: string): Promise<Sample> => {
  const { stdout } = await run(process.execPath, ['-e', loader, path], { env: environment })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Sample
}
