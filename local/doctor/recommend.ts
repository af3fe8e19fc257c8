import { classifyErrorCode } from '../../lib/adapters/tencent/answer-class.ts'
import { type Answer, wasLost } from './answer.ts'
import type { Recommendation } from './finding.ts'
import type { Observations } from './observations.ts'
import type { Sight } from './sight.ts'

/** Settings of the functions that follow from how the service behaves. */
export interface CurrentSettings {
  readonly inDoubt: 'verify' | 'resend' | 'skip'
  readonly messageBytes: number
}

/** What the program does about a refusal. */
export const reasonOf = (answer: Answer): string | undefined =>
  answer.kind === 'refused' ? classifyErrorCode(answer.code, answer.info).reason : undefined

/** "Not applied" is believed this long after an answer was lost. */
export const SHOWN_WITHIN_MS = 3_200

/** Why an open message cannot be read back; `undefined` when it can. */
export const unreadableBecause = (sight: Sight, text: string): string | undefined => {
  if (sight.kind === 'unreadable') return 'the service does not let it be read'
  if (sight.kind === 'hidden') return 'the service does not show it while it is open'
  if (sight.text !== text) return 'the service does not show all of its text'
  if (!sight.underItsKey) return 'the service does not find it under the time in its MsgKey'
  return undefined
}

const MOST_BYTES = 11_264
const LEAST_BYTES = 2_048
const STEP_BYTES = 256

/** Room below the greatest size that was taken: much, where the program cannot get over an overflow. */
const reserveBytes = (observations: Observations): number =>
  survivesOverflow(observations) ? 960 : 1_984

/** True when a message that was once too long can still be closed, and the refusal is known for what it is. */
const survivesOverflow = ({ grown, modified }: Observations): boolean => {
  if (grown?.refusal === undefined) return true
  if (reasonOf(grown.refusal) !== 'messageFull') return false
  return grown.afterwards?.kind !== 'refused' || modified?.answer.kind === 'accepted'
}

/** The `MESSAGE_BYTES` that is safe; `undefined` where the size was not found out. */
export const safeMessageBytes = (observations: Observations): number | undefined => {
  const { grown } = observations
  if (grown === undefined || grown.takenBytes === 0) return undefined
  const steps = Math.floor((grown.takenBytes - reserveBytes(observations)) / STEP_BYTES)
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, steps * STEP_BYTES))
}

/** The settings that suit the service as it was found. */
export const recommend = (
  observations: Observations,
  { inDoubt, messageBytes }: CurrentSettings,
): readonly Recommendation[] => {
  const bytes = safeMessageBytes(observations)
  return [
    ...recommendInDoubt(observations, inDoubt),
    ...(bytes === undefined
      ? []
      : [
          {
            name: 'MESSAGE_BYTES',
            value: String(Math.min(bytes, messageBytes)),
            now: String(messageBytes),
          } as const,
        ]),
  ]
}

const recommendInDoubt = (
  { growing }: Observations,
  now: CurrentSettings['inDoubt'],
): readonly Recommendation[] => {
  if (growing === undefined) return []
  const { open, sent } = growing
  if (open.kind === 'unreadable' && wasLost(open.answer)) return []
  const name = 'IN_DOUBT'
  if (unreadableBecause(open, sent[0] + sent[1]) === undefined) {
    return [{ name, value: 'verify', now }]
  }
  // Both are right then: which is better, only the bot's owner can tell.
  return [{ name, value: now === 'skip' ? 'skip' : 'resend', now }]
}
