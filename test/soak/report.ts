import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding, ReplyFacts } from './judge.ts'
import type { Run } from './judge-run.ts'

const MOST_SHOWN = 12
/** Calls so long after the last one that was applied are evidence, too. */
const AFTERWARDS_MS = 30_000

/** What can be said of a run while it goes on, in one line. */
export const progressLine = ({ world, cases, acts, found }: Run, sinceMs: number): string => {
  const count = (pattern: RegExp): number => acts.filter(({ what }) => pattern.test(what)).length
  const { calls, rules } = world.service
  const open = rules.messages().filter(({ finished }) => !finished).length
  const waiting = cases.filter(({ done }) => !done).length
  return [
    `${((Date.now() - sinceMs) / 60_000).toFixed(1)} min`,
    `${cases.length} replies (${waiting} being asked for)`,
    `${calls.length} calls, ${calls.filter(({ fault }) => fault !== undefined).length} faulty`,
    `${open} messages open`,
    `${count(/^kill/)} kills, ${count(/^freeze/)} freezes`,
    `${world.sandboxes.live().length} processes`,
    `${rules.violations.length + found.length} violations`,
  ].join(', ')
}

/** Prints what was found, with what is needed to understand it; the whole evidence goes to a file. */
export const printFindings = (
  run: Run,
  facts: readonly ReplyFacts[],
  findings: readonly Finding[],
  command: string,
): void => {
  const byId = new Map(facts.map((one) => [one.one.replyId as string, one]))
  const evidence = findings.map(({ replyIds, ...finding }) => ({
    ...finding,
    replies: replyIds.flatMap((id) => {
      const found = byId.get(id)
      return found === undefined ? [] : [evidenceOf(run, found)]
    }),
  }))
  const file = join(mkdtempSync(join(tmpdir(), 'soak-')), 'evidence.json')
  const { settings, acts, world } = run
  const { violations } = world.service.rules
  const whole = { command, settings, acts, violations, evidence, others: world.log.others() }
  writeFileSync(file, JSON.stringify(whole, undefined, 1))
  for (const finding of findings.slice(0, MOST_SHOWN)) {
    console.error(`\n✗ ${finding.law}: ${finding.sentence}`)
    for (const id of finding.replyIds.slice(0, 2)) {
      const found = byId.get(id)
      if (found !== undefined) console.error(shortly(found))
    }
  }
  if (findings.length > MOST_SHOWN) console.error(`\n… and ${findings.length - MOST_SHOWN} more`)
  console.error(`\nAgain: ${command}\nAll evidence: ${file}`)
}

const shortly = ({ one, record, messages, calls, acts }: ReplyFacts): string => {
  const { plan, replyId, askedAtMs } = one
  const after = (atMs: number | undefined): string =>
    atMs === undefined ? '–' : `${atMs - askedAtMs} ms`
  const lines = [
    `  ${replyId}: ${plan.kind} to ${plan.user}, ${plan.text.length} characters, ${record?.status ?? 'no record'}`,
    `  wanted ${JSON.stringify(plan.text.slice(0, 90))}`,
    ...messages.map(
      ({ msgKey, text, finished }) =>
        `  ${msgKey}${finished ? '' : ' (open)'}: ${text.length} characters ${JSON.stringify(text.slice(0, 60))} … ${JSON.stringify(text.slice(-60))}`,
    ),
    `  calls after ${calls
      .slice(0, 10)
      .map(({ appliedAtMs }) => after(appliedAtMs))
      .join(', ')}`,
    `  meanwhile: ${acts
      .filter(({ what }) => what !== 'calm')
      .slice(0, 10)
      .map(({ atMs, what }) => `${what} after ${after(atMs)}`)
      .join(', ')}`,
  ]
  return lines.join('\n')
}

/** Of one reply: everything that is known. */
const evidenceOf = ({ world }: Run, { one, record, messages, calls, acts }: ReplyFacts): object => {
  const endMs = (calls.at(-1)?.startedAtMs ?? one.askedAtMs) + AFTERWARDS_MS
  const during = world.service.calls.filter(
    ({ startedAtMs }) => startedAtMs >= one.askedAtMs && startedAtMs <= endMs,
  )
  return {
    ...one,
    record,
    messages,
    calls,
    /** To the same user, for this reply or another one. */
    callsToUser: during.filter(({ to }) => to === one.plan.user),
    /** Of history and corrections: they do not say for whom. */
    lookUps: during.filter(({ command }) => command !== 'send_stream_msg'),
    acts,
    log: world.log.about(one.replyId),
  }
}
