import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { composeWriter } from '../../lib/compose/writer.ts'
import { readConfig } from '../../lib/config.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import { parseReplyId } from '../../lib/core/reply/reply-id.ts'
import { deliverReply } from '../../lib/reply/deliver.ts'
import { readTrace, type Token } from './texts.ts'
import { never } from './unhurried.ts'

/** One reply that the process delivers. */
export interface AssignedReply {
  readonly replyId: string
  readonly to: string
  /** Unix time of its first token, in ms. */
  readonly startAtMs: number
}

/** What the process is told on its command line. */
export interface Assignment {
  readonly from: string
  readonly trace: string
  readonly replies: readonly AssignedReply[]
}

/** What it says of each reply on standard output, a JSON line each. */
export interface DeliveredReply {
  readonly replyId: string
  readonly status: string
  readonly calls: number
  readonly retries: number
}

const { deps, settings } = composeWriter(readConfig())
const assignment: Assignment = JSON.parse(process.argv[2] ?? '')
const tokens = readTrace(assignment.trace)

async function* play(startAtMs: number, list: readonly Token[]) {
  for (const { t, text } of list) {
    const waitMs = startAtMs + t - systemClock.now()
    if (waitMs > 0) await systemClock.sleep(waitMs)
    yield text
  }
}

const deliver = async ({ replyId: name, to, startAtMs }: AssignedReply): Promise<void> => {
  const replyId = parseReplyId(name)
  if (replyId === undefined) throw new Error(`not a reply id: ${name}`)
  await systemClock.sleep(startAtMs - systemClock.now())
  const nowMs = systemClock.now()
  const { record } = await deps.store.begin(
    {
      replyId,
      kind: 'turn',
      conversation: { from: assignment.from, to },
      createdAtMs: nowMs,
      progress: unsentProgress(nowMs),
      piecewise: false,
    },
    nowMs + settings.leaseMs,
  )
  const { status, progress } = await deliverReply(
    deps,
    settings,
    { record, deltas: play(startAtMs, tokens), merge: true },
    never,
  )
  const { calls, retries } = progress
  const delivered: DeliveredReply = { replyId, status, calls, retries }
  process.stdout.write(`${JSON.stringify(delivered)}\n`)
}

await Promise.all(assignment.replies.map(deliver))
process.exit(0)
