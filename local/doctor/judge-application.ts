import { refusalHint } from '../../lib/adapters/tencent/refusal-hint.ts'
import { type TencentRegion, tencentRegions } from '../../lib/core/tencent-endpoints.ts'
import { type Answer, inWords, remedy } from './answer.ts'
import type { Finding, Recommendation } from './finding.ts'

/** How the application was asked for, and what came back. */
export interface ApplicationAnswers {
  readonly sdkAppId: number
  readonly admin: string
  /** Absent where CHAT_ENDPOINT names the host. */
  readonly region?: TencentRegion
  /** Of the host that the settings name. */
  readonly answer: Answer
  /** Of the other data centres, where they were asked. */
  readonly elsewhere: ReadonlyMap<TencentRegion, Answer>
}

/** The service looked for the application and did not find it: it may live in another data centre. */
const notHere: ReadonlySet<number> = new Set([60006, 60026, 70016, 70020])
const wrongKey: ReadonlySet<number> = new Set([60025, 70003, 70009, 70050])
const expired: ReadonlySet<number> = new Set([70001])
const wrongAdmin: ReadonlySet<number> = new Set([60010, 90009, 10007, 10008, 70013, 70107, 20003])

const isOneOf = (codes: ReadonlySet<number>, answer: Answer | undefined): boolean =>
  answer?.kind === 'refused' && codes.has(answer.code)

/** True for an answer that calls for asking the other data centres. */
export const isNotHere = (answer: Answer): boolean => isOneOf(notHere, answer)

/** True for an answer of the data centre where the application lives. */
export const isHome = (answer: Answer): boolean =>
  answer.kind === 'accepted' || (answer.kind === 'refused' && !isNotHere(answer))

/** Says what is right and wrong with region, key and administrator, from the answers to one signed call. */
export const judgeApplication = (
  asked: ApplicationAnswers,
): {
  readonly findings: readonly Finding[]
  readonly settings: readonly Recommendation[]
} => {
  const home = homeOf(asked)
  const telling = home === undefined ? asked.answer : (asked.elsewhere.get(home) ?? asked.answer)
  const findings = [judgeRegion(asked, home), judgeKey(telling), judgeAdmin(asked, telling)]
  const misplaced = home !== undefined && home !== asked.region
  return {
    findings: [...findings, ...judgeRest(telling)],
    settings: misplaced
      ? [{ name: 'CHAT_REGION', value: home, now: asked.region ?? 'CHAT_ENDPOINT' }]
      : [],
  }
}

/** Where the application lives, as far as the answers tell. */
const homeOf = ({ answer, region, elsewhere }: ApplicationAnswers): TencentRegion | undefined => {
  if (isHome(answer)) return region
  return tencentRegions.find((name) => {
    const other = elsewhere.get(name)
    return other !== undefined && isHome(other)
  })
}

const judgeRegion = (
  { sdkAppId, region, answer, elsewhere }: ApplicationAnswers,
  home: TencentRegion | undefined,
): Finding => {
  const about = { id: 'region', title: 'Region' }
  const where = region ?? 'the host of CHAT_ENDPOINT'
  if (answer.kind === 'lost' || answer.kind === 'notSent') {
    const heard = inWords(answer)
    return { id: 'service', title: 'Service', verdict: 'wrong', heard, mend: remedy(answer) }
  }
  if (!isNotHere(answer)) {
    return { ...about, verdict: 'right', heard: `Application ${sdkAppId} is known at ${where}.` }
  }
  const heard = `${where} does not know application ${sdkAppId}: ${inWords(answer)}.`
  if (home !== undefined) {
    const mend = `The application lives in ${home}: set CHAT_REGION=${home}.`
    return { ...about, verdict: 'wrong', heard, mend }
  }
  const mend =
    elsewhere.size > 0
      ? 'No data centre that answered knows the application: set CHAT_SDK_APP_ID to the SDKAppID that the console shows.'
      : 'Check CHAT_SDK_APP_ID, and leave CHAT_ENDPOINT out: with CHAT_REGION alone the doctor finds the right region.'
  return { ...about, verdict: 'wrong', heard, mend }
}

const judgeKey = (answer: Answer): Finding => {
  const about = { id: 'key', title: 'Key' }
  if (isOneOf(wrongKey, answer) || isOneOf(expired, answer)) {
    return { ...about, verdict: 'wrong', heard: inWords(answer), mend: remedy(answer) }
  }
  return answer.kind === 'accepted' || isOneOf(wrongAdmin, answer)
    ? { ...about, verdict: 'right', heard: 'The service takes the signature.' }
    : { ...about, verdict: 'unknown', heard: 'The service did not come to look at the signature.' }
}

const judgeAdmin = ({ admin }: ApplicationAnswers, answer: Answer): Finding => {
  const about = { id: 'admin', title: 'Administrator' }
  if (isOneOf(wrongAdmin, answer)) {
    const mend = 'Set CHAT_ADMIN to an administrator that the console lists for the application.'
    return { ...about, verdict: 'wrong', heard: `${admin}: ${inWords(answer)}.`, mend }
  }
  return answer.kind === 'accepted'
    ? { ...about, verdict: 'right', heard: `${admin} may call the REST API.` }
    : { ...about, verdict: 'unknown', heard: `Whether ${admin} is one was not told.` }
}

/** A refusal for a reason of its own: the plan, the address of this machine, an application that is switched off. */
const judgeRest = (answer: Answer): readonly Finding[] => {
  if (answer.kind !== 'refused') return []
  const known = [notHere, wrongKey, expired, wrongAdmin]
  if (known.some((codes) => isOneOf(codes, answer))) return []
  const about = { id: 'service', title: 'Service', verdict: 'wrong' } as const
  return [{ ...about, heard: inWords(answer), mend: refusalHint(answer.code) }]
}
