import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import type { PlannedReply } from './planned-reply.ts'

/** What one process shall do, and when it is killed. */
export interface PlannedProcess {
  readonly replies: readonly PlannedReply[]
  /** From where the time to its death is counted. */
  readonly killedAfter: 'start' | 'firstWord'
  readonly livesMs: number
  /** Encoded size at which a message of its replies is full. */
  readonly messageBytes: number
}

const REPLIES_EACH = 2
const kinds = ['text', 'pieces', 'typed', 'pushed'] as const

/** About how long the replies of a process take, in ms. */
const takesMs = { text: 600, pieces: 1_700, typed: 1_700, pushed: 1_700 } as const

/** How many pieces, and how many units each may have at most. */
const sizes = { text: [1, 400], pieces: [16, 20], typed: [1, 300], pushed: [14, 20] } as const

const units = [
  'word ',
  'longer-word ',
  'a',
  '. ',
  '\n\n',
  '中文',
  '说明。',
  '👩‍🚀',
  '🇰🇷',
  'é',
  '```js\n',
  '\n```\n',
]

/** The process of that number. It writes replies of one kind; numbers and seed in, the same plan out. */
export const planProcess = (
  number: number,
  random: () => number,
  inGroup = false,
): PlannedProcess => {
  const kind = kinds[number % kinds.length] ?? 'text'
  const whole = (below: number) => Math.floor(random() * below)
  const early = random() < 0.1
  return {
    replies: Array.from({ length: REPLIES_EACH }, (_, nth) =>
      planReply(`kill-${number}-${nth}`, kind, whole, inGroup),
    ),
    killedAfter: early ? 'start' : 'firstWord',
    livesMs: early ? whole(200) : whole(takesMs[kind]),
    messageBytes: random() < 0.5 ? 2_048 : 11_264,
  }
}

const planReply = (
  name: string,
  kind: PlannedReply['kind'],
  whole: (below: number) => number,
  inGroup: boolean,
): PlannedReply => {
  const [count, longest] = sizes[kind]
  const pieces = Array.from({ length: count }, () => textOf(1 + whole(longest), whole))
  const chars = pieces.join('').length
  return {
    replyId: name as ReplyId,
    conversation: { from: '@RBT#bot', to: name, ...(inGroup ? { group: {} } : {}) },
    kind,
    pieces,
    ...(kind === 'typed' ? { charsPerSecond: Math.ceil(chars / 1.2) } : {}),
    pushes: kind === 'pushed' ? pushOrder(count, whole) : [],
    startsAfterMs: whole(300),
  }
}

const textOf = (length: number, whole: (below: number) => number): string =>
  Array.from({ length }, () => units[whole(units.length)]).join('')

/** Every seq, neighbours changed about, and a few again. */
const pushOrder = (count: number, whole: (below: number) => number): readonly number[] => {
  const order = Array.from({ length: count }, (_, seq) => ({ seq, at: seq + whole(4) }))
  const sorted = order.sort((a, b) => a.at - b.at).map(({ seq }) => seq)
  return [...sorted, whole(count), whole(count)]
}
