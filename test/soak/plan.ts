import type { ModelFault } from '../../local/model/events.ts'
import type { Chance } from './random.ts'
import type { Trouble } from './settings.ts'
import { anyText, inPieces } from './texts.ts'

const kinds = ['whole', 'later', 'typed', 'chunks', 'pushed', 'turn'] as const
type Kind = (typeof kinds)[number]

/** One reply as its producer asks for it. */
export interface PlannedReply {
  readonly number: number
  readonly kind: Kind
  readonly user: string
  readonly text: string
  /** The text as it is pushed or given as `chunks`; one piece for the other kinds. */
  readonly pieces: readonly string[]
  /** For `typed`, and how fast the model speaks for `turn`. */
  readonly charsPerSecond: number
  /** For `pushed`: seqs in the order in which they are pushed, some of them twice. */
  readonly pushes: readonly number[]
  /** Somebody ends it early: the API's cancel, or the user's Stop. */
  readonly stopped?: { readonly by: 'cancel' | 'stop'; readonly afterMs: number }
  /** What goes wrong with the model's first answer. */
  readonly modelFault: ModelFault
}

export interface PlanOptions {
  readonly chance: Chance
  readonly troubles: ReadonlySet<Trouble>
  /** Of one reply, UTF-8, so that it fits into far fewer than twenty messages. */
  readonly mostBytes: number
}

/** Users who write to the bot; a user's turns are answered one after another. */
const TURN_USERS = 8
/** Users to whom several replies go at the same time. */
const SHARED_USERS = 4
const LONGEST_TYPED_SECONDS = 25
const MOST_PIECES = 60

/** Plans replies without end; the same ones from the same chance. */
export const replyPlans = ({ chance, troubles, mostBytes }: PlanOptions): (() => PlannedReply) => {
  let number = 0
  return () => {
    number += 1
    const kind = chance.oneOf(kinds)
    const text = anyText(chance, `r${number}`, mostBytes)
    const pieces = inPiecesFor(kind, text, chance)
    const stops = troubles.has('stops') && chance.happens(0.12)
    return {
      number,
      kind,
      user: userFor(kind, number, chance),
      text,
      pieces,
      charsPerSecond: rateFor(text, chance),
      pushes: kind === 'pushed' ? pushOrder(pieces.length, chance) : [],
      ...(stops && {
        stopped: { by: chance.oneOf(['cancel', 'stop']), afterMs: chance.whole(100, 8_000) },
      }),
      modelFault:
        troubles.has('model') && chance.happens(0.1) ? modelFault(chance) : { kind: 'none' },
    }
  }
}

const inPiecesFor = (kind: Kind, text: string, chance: Chance): readonly string[] =>
  kind === 'chunks' || kind === 'pushed'
    ? inPieces(text, chance.whole(1, MOST_PIECES), chance)
    : [text]

const userFor = (kind: Kind, number: number, { whole, happens }: Chance): string => {
  if (kind === 'turn') return `turns-${whole(1, TURN_USERS)}`
  return happens(0.4) ? `shared-${whole(1, SHARED_USERS)}` : `user-${number}`
}

/** Slow enough to be caught in the middle, fast enough for one invocation or two. */
const rateFor = ({ length }: string, { between }: Chance): number =>
  Math.min(10_000, Math.ceil(length / between(1, LONGEST_TYPED_SECONDS)))

/** Every seq, neighbours changed about, and a few again. */
const pushOrder = (count: number, { whole }: Chance): readonly number[] => {
  const order = Array.from({ length: count }, (_, seq) => ({ seq, at: seq + whole(0, 3) }))
  const sorted = order.sort((a, b) => a.at - b.at).map(({ seq }) => seq)
  return [...sorted, whole(0, count - 1), whole(0, count - 1)]
}

const modelFault = ({ oneOf, whole }: Chance): ModelFault => {
  const after = whole(0, 40)
  return oneOf<ModelFault>([
    { kind: 'hangs-after', after },
    { kind: 'dies-after', after },
    { kind: 'ends-early', after },
    { kind: 'error-event', after },
    { kind: 'status', status: 503 },
    { kind: 'html' },
  ])
}
