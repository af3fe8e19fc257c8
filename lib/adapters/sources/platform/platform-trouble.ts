import type { TextBrokenOff } from '../../../core/reply/text-broken-off.ts'
import { endedBy, PassingTrouble, shownCode, sourceFailed } from '../source-failed.ts'
import type { Platform, Trouble } from './platform.ts'

/** Why an attempt came to nothing. */
export interface Obstacle {
  readonly class: Trouble['class']
  readonly error: TextBrokenOff
}

/** How a platform came to report trouble. */
interface Report {
  /** Of an answer that was refused with it; absent in the middle of one. */
  readonly status?: number
  readonly retryAfter?: string | undefined
}

/** The error for whoever reads the answer, with a sentence for the bot's owner. */
export const obstacleOf = (
  { title }: Pick<Platform, 'title'>,
  { class: kind, code, advice }: Trouble,
  { status, retryAfter }: Report = {},
): Obstacle => {
  const did = status === undefined ? 'reported an error' : `answered ${status}`
  const detail = `${title} ${did}${shownCode(code)}${advice === undefined ? '' : `: ${advice}`}.`
  return { class: kind, error: errorOf(kind, detail, retryAfter) }
}

const errorOf = (
  kind: Trouble['class'],
  detail: string,
  retryAfter: string | undefined,
): TextBrokenOff => {
  switch (kind) {
    case 'withheld':
      return endedBy('withheld', detail)
    case 'passing':
      return new PassingTrouble(detail, retryAfter)
    case 'wrong-key':
    case 'no-conversation':
    case 'lasting':
      return sourceFailed(detail)
  }
}
