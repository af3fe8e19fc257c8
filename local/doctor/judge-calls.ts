import { type Answer, inWords } from './answer.ts'
import type { Finding } from './finding.ts'
import type { Observations } from './observations.ts'
import { reasonOf } from './recommend.ts'
import { seen } from './sight.ts'

type Observed<Name extends keyof Observations> = NonNullable<Observations[Name]>

const unanswered = 'Run the doctor again.'

/** What follows an empty chunk with `Finish`. Nothing depends on it. */
export const judgeEmptyChunk = ({ emptyChunk, afterFinish }: Observations): readonly Finding[] => {
  if (emptyChunk === undefined) return []
  const { answer, sight, closing } = emptyChunk
  const about = {
    id: 'empty-chunk',
    title: 'An empty chunk with Finish',
    asked: 'opened a message, then sent "" with Finish',
  }
  if (answer.kind !== 'accepted' && answer.kind !== 'refused') {
    return [{ ...about, verdict: 'unknown', heard: inWords(answer), so: unanswered }]
  }
  const so = 'Nothing depends on it: the program never sends one.'
  if (answer.kind === 'refused') return [{ ...about, verdict: 'right', heard: inWords(answer), so }]
  // Where chunks after Finish are refused, the next one tells.
  const tells = afterFinish?.answer.kind === 'refused' ? closing?.kind : undefined
  const closed = sight.kind === 'shown' ? sight.finished : closedBy(tells)
  const effect =
    closed === undefined
      ? 'whether the message was closed cannot be seen'
      : closed
        ? 'and the message is closed'
        : 'but the message stays open'
  return [{ ...about, verdict: 'right', heard: `OK, ${effect}`, so }]
}

const closedBy = (nextChunk: Answer['kind'] | undefined): boolean | undefined => {
  if (nextChunk === 'refused') return true
  return nextChunk === 'accepted' ? false : undefined
}

/** What follows a chunk after `Finish`. */
export const judgeAfterFinish = ({ answer, sight, sent }: Observed<'afterFinish'>): Finding => {
  const about = {
    id: 'after-finish',
    title: 'A chunk after Finish',
    asked: 'finished a message, then sent one more chunk',
  }
  if (answer.kind === 'refused') {
    const known = reasonOf(answer) === 'messageLost'
    const so = known
      ? 'The program takes it for a message that is gone, looks, and goes on in a new one.'
      : 'The program takes it for a refusal: where nothing can be read back, a reply fails whose writer died, or lost its answer, at the end of a message.'
    return { ...about, verdict: 'right', heard: inWords(answer), so }
  }
  if (answer.kind !== 'accepted') {
    return { ...about, verdict: 'unknown', heard: inWords(answer), so: unanswered }
  }
  if (sight.kind !== 'shown') {
    return { ...about, verdict: 'unknown', heard: `OK, the message is ${seen(sight)}` }
  }
  return sight.text.endsWith(sent)
    ? {
        ...about,
        verdict: 'right',
        heard: 'OK, and the chunk was appended',
        so: 'Where reading back fails, a last chunk sent again is shown twice.',
      }
    : {
        ...about,
        verdict: 'right',
        heard: 'OK, but the chunk was dropped',
        so: 'A last chunk that is sent again does no harm.',
      }
}

/** What follows the same call twice. */
export const judgeRepeated = ({ answer, sight, once, twice }: Observed<'repeated'>): Finding => {
  const about = {
    id: 'repeated-call',
    title: 'The same call twice',
    asked: 'sent one chunk twice, word for word',
  }
  if (answer.kind === 'lost' || answer.kind === 'notSent') {
    return { ...about, verdict: 'unknown', heard: inWords(answer), so: unanswered }
  }
  if (sight.kind !== 'shown' || ![once, twice].includes(sight.text)) {
    const heard = `${inWords(answer)}; the message is ${seen(sight)}`
    return {
      ...about,
      verdict: 'unknown',
      heard,
      so: 'The program assumes that it is shown twice.',
    }
  }
  return sight.text === twice
    ? {
        ...about,
        verdict: 'right',
        heard: `${inWords(answer)}; its text is shown twice`,
        so: 'As the program assumes: it never repeats a call before it has looked.',
      }
    : {
        ...about,
        verdict: 'right',
        heard: `${inWords(answer)}; its text is shown once`,
        so: 'The service drops the repeat: IN_DOUBT=resend shows nothing twice.',
      }
}

/** Whether a streamed message can be overwritten. */
export const judgeModified = ({ answer, sight, text }: Observed<'modified'>): Finding => {
  const about = {
    id: 'modify',
    title: 'Overwriting a streamed message (modify_c2c_msg)',
    asked: 'opened a message, then overwrote it as finished',
  }
  if (answer.kind === 'lost' || answer.kind === 'notSent') {
    return { ...about, verdict: 'unknown', heard: inWords(answer), so: unanswered }
  }
  if (answer.kind === 'refused') {
    const so =
      'A message that takes no more chunks cannot be closed. MESSAGE_BYTES keeps messages from that.'
    return { ...about, verdict: 'right', heard: inWords(answer), so }
  }
  if (sight.kind !== 'shown') {
    return { ...about, verdict: 'unknown', heard: `OK, the message is ${seen(sight)}` }
  }
  const changed = sight.text === text && sight.finished
  return {
    ...about,
    verdict: 'right',
    heard: changed ? 'OK, and it is shown so' : 'OK, but the message is as it was',
    so: changed
      ? 'The program can close a message that takes no more chunks.'
      : 'A message that takes no more chunks cannot be closed. MESSAGE_BYTES keeps messages from that.',
  }
}
