import { DEFAULT_NOTICES } from '../../lib/core/reply/notice.ts'
import type { ReplyRecord } from '../../lib/core/reply/record.ts'
import type { SimulatedCall } from '../../local/simulator/call-log.ts'
import type { MessageView } from '../../local/simulator/messages.ts'
import { waysToRead } from './carried.ts'
import type { ReplyCase } from './producer.ts'
import type { Act } from './troubles.ts'

/** A law that was broken. */
export interface Finding {
  readonly law: 'exact' | 'closed' | 'apart' | 'one at a time' | 'rate' | 'lanes' | 'doors'
  readonly sentence: string
  /** What it is about; evidence of these is printed. */
  readonly replyIds: readonly string[]
}

/** One reply, with what the service and the table say of it. */
export interface ReplyFacts {
  readonly one: ReplyCase
  readonly record: ReplyRecord | undefined
  /** Its messages, in order; those that the service does not know are missing. */
  readonly messages: readonly MessageView[]
  /** Calls that were applied to its messages. */
  readonly calls: readonly SimulatedCall[]
  /** True where its user pressed Stop at one of its messages, or its owner cancelled it. */
  readonly stopped: boolean
  /** What was done to the stack while it was on its way. */
  readonly acts: readonly Act[]
}

/** What is wrong with one reply when everything has come to rest. */
export const judgeReply = (facts: ReplyFacts): readonly Finding[] => {
  const { one, record, messages } = facts
  const finding = (law: Finding['law'], sentence: string): Finding => ({
    law,
    sentence,
    replyIds: [one.replyId],
  })
  const findings: Finding[] = []
  if (one.refusal !== undefined && !isExcused(facts, one.refusal.status)) {
    const { status, body } = one.refusal
    findings.push(finding('doors', `A good request was answered ${status}: ${body}`))
  }
  if (record === undefined) {
    if (one.acceptedAtMs !== undefined) {
      findings.push(finding('exact', 'It was accepted, and there is no record of it.'))
    }
    return findings
  }
  if (record.status === 'open') findings.push(finding('closed', 'Its record is still open.'))
  for (const { msgKey } of messages.filter(({ finished }) => !finished)) {
    findings.push(finding('closed', `Its message ${msgKey} is still open.`))
  }
  const wrong = wrongText(facts, record)
  if (wrong !== undefined) findings.push(finding('exact', wrong))
  return findings
}

/** A stopped reply takes no more; a killed function's caller hears of that from the gateway, and in the end gives up. */
const isExcused = ({ stopped, acts }: ReplyFacts, status: number): boolean =>
  (status === 409 && stopped) || (status >= 500 && acts.some(({ what }) => what.startsWith('kill')))

const wrongText = (facts: ReplyFacts, record: ReplyRecord): string | undefined => {
  const { one, messages, stopped } = facts
  const { text } = one.plan
  if (record.status === 'open') return undefined
  const endsEarly = one.plan.modelFault.kind === 'ends-early'
  // What ends in the middle of a character ends with its replacement.
  const texts = messages.map((message) =>
    endsEarly ? message.text.replace(/\uFFFD$/, '') : message.text,
  )
  const ways = waysToRead(texts, text, DEFAULT_NOTICES)
  if (ways.length === 0) return `What is shown is no beginning of its text (${record.status}).`
  const isWhole = ways.some(({ chars, notice }) => chars === text.length && notice === 'none')
  switch (record.status) {
    case 'finished':
      // A model whose stream ends in order has said all that it says.
      return isWhole || endsEarly ? undefined : 'It is finished, and its text is not whole.'
    case 'interrupted':
      return stopped ? undefined : 'It was interrupted, and nobody stopped it.'
    case 'failed':
      return mayBreakOff(facts) ? undefined : `It broke off: ${JSON.stringify(record.failure)}`
  }
}

/** A model's answer is known to its writer alone, and dies with it. */
const mayBreakOff = ({ one, acts }: ReplyFacts): boolean =>
  one.plan.kind === 'turn' &&
  (one.plan.modelFault.kind !== 'none' || acts.some(({ what }) => /^(kill|freeze)/.test(what)))

/** How long a lane may be blocked, in ms. */
const BLOCKED_MS = 120_000

/** Whether texts of a lane came without a standstill; `lane` holds the replies of one lane in order, one each where they need not wait for each other. */
export const judgeLane = (lane: readonly ReplyFacts[]): readonly Finding[] => {
  let freeAtMs = 0
  return lane.flatMap(({ one, calls }) => {
    const { acceptedAtMs } = one
    const timesMs = calls.flatMap(({ appliedAtMs }) =>
      appliedAtMs === undefined ? [] : [appliedAtMs],
    )
    if (acceptedAtMs === undefined) return []
    const beganMs = Math.max(acceptedAtMs, freeAtMs)
    const steps = [beganMs, ...timesMs.filter((atMs) => atMs > beganMs)]
    freeAtMs = Math.max(freeAtMs, ...timesMs)
    const longestMs = Math.max(0, ...steps.slice(1).map((atMs, nth) => atMs - (steps[nth] ?? atMs)))
    if (longestMs <= BLOCKED_MS) return []
    const sentence = `Nothing of it was shown for ${Math.round(longestMs / 1_000)} s.`
    return [{ law: 'lanes' as const, sentence, replyIds: [one.replyId] }]
  })
}

/** Whether each message of a bot belongs to one reply. */
export const judgeOwners = (
  all: readonly ReplyFacts[],
  messages: readonly MessageView[],
): readonly Finding[] => {
  const owners = new Map<string, string[]>()
  for (const { one, record } of all) {
    for (const msgKey of record?.progress.msgKeys ?? []) {
      owners.set(msgKey, [...(owners.get(msgKey) ?? []), one.replyId])
    }
  }
  const shared = [...owners].filter(([, ids]) => ids.length > 1)
  const unknown = messages.filter(({ streamed, msgKey }) => streamed && !owners.has(msgKey))
  return [
    ...shared.map(([msgKey, replyIds]) => ({
      law: 'apart' as const,
      sentence: `Message ${msgKey} belongs to ${replyIds.join(' and ')}.`,
      replyIds,
    })),
    ...unknown.map(({ msgKey, to, text, finished }) => ({
      law: 'exact' as const,
      sentence: `Message ${msgKey} to ${to} belongs to no reply${finished ? '' : ', and is open'}: ${JSON.stringify(text.slice(0, 200))}`,
      replyIds: all.flatMap(({ one }) => (one.plan.user === to ? [one.replyId] : [])),
    })),
  ]
}
