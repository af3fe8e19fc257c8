import type { FaultChoice } from './fault-plans.ts'

/** Something to see, as a link can name it: `/#scenario=lost-answers`. */
export interface Scenario {
  readonly name: string
  readonly title: string
  /** What to look at. */
  readonly about: string
  readonly question: string
  readonly faults: FaultChoice
  readonly trace: string
}

const scenario = (
  name: string,
  faults: FaultChoice,
  title: string,
  question: string,
  about: string,
  trace = 'english-60',
): Scenario => ({ name, faults, title, question, about, trace })

/** Each claim of the README, to be seen. */
export const scenarios: readonly Scenario[] = [
  scenario(
    'first-reply',
    'none',
    'An answer grows',
    'How do tides work?',
    'Nothing goes wrong: one message grows while the model still writes, and is closed with its last text.',
    'tides',
  ),
  scenario(
    'lost-answers',
    'drop-after',
    'Answers get lost',
    'And what if answers get lost?',
    'Every fourth call is applied, yet its answer never arrives. The bot reads its message back and goes on exactly there.',
  ),
  scenario(
    'broken-connections',
    'drop-before',
    'Connections break',
    'And what if the connection breaks?',
    'Every fourth call never arrives. The bot reads its message back, finds nothing new, and sends the text again.',
  ),
  scenario(
    'too-many-calls',
    'rate',
    'Too many calls',
    'And what if Tencent says “slow down”?',
    'Every fourth call is refused (60007). No text is lost: it goes out with the next call, a little later.',
  ),
  scenario(
    'killed-worker',
    'kill',
    'The worker is killed',
    'And what if you die in the middle?',
    'The process that writes is killed during its sixth call. Once its lease has run out (4 s here, 15 s by default) and the queue hands the turn out again, another one closes the message.',
  ),
  scenario(
    'hand-over',
    'hand-over',
    'The time runs out',
    'And what if your time runs out?',
    'The text goes through POST /replies. After 3 s the function has too little time left, and hands the rest to the worker: the same message goes on.',
  ),
  scenario(
    'wrong-key',
    'model-key',
    'The model refuses the key',
    'And what if the key is wrong?',
    'The model’s server answers 401. The user reads a short notice; the reason stands above it, for you alone.',
  ),
  scenario(
    'silent-model',
    'model-silent',
    'The model falls silent',
    'And what if the model falls silent?',
    'After 40 tokens nothing comes any more. After 4 s (60 s by default) the message is closed with a notice.',
  ),
  scenario(
    'doubled-callback',
    'twice',
    'A callback comes twice',
    'And what if you hear me twice?',
    'Tencent’s callback arrives two times. There is one answer.',
    'tides',
  ),
]
