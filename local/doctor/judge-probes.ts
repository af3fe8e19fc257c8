import { type Answer, inWords, remedy } from './answer.ts'
import type { Finding } from './finding.ts'
import { judgeAfterFinish, judgeEmptyChunk, judgeModified, judgeRepeated } from './judge-calls.ts'
import { judgeReading } from './judge-reading.ts'
import type { Observations } from './observations.ts'
import { type CurrentSettings, reasonOf, safeMessageBytes } from './recommend.ts'

/** Says what the probes showed, and what it means for the program as it is set. */
export const judgeProbes = (
  observations: Observations,
  settings: CurrentSettings,
): readonly Finding[] => {
  const { growing, afterFinish, repeated, modified, unanswered = [], refused } = observations
  return [
    ...(growing === undefined ? [] : judgeReading(growing, settings)),
    ...judgeEmptyChunk(observations),
    ...(afterFinish === undefined ? [] : [judgeAfterFinish(afterFinish)]),
    ...(repeated === undefined ? [] : [judgeRepeated(repeated)]),
    ...(modified === undefined ? [] : [judgeModified(modified)]),
    ...judgeSize(observations, settings),
    ...unanswered.map(judgeUnanswered),
    ...(refused === undefined ? [] : [judgeRefused(refused)]),
    ...(observations.stopped ? [stopped] : []),
    judgeClosing(observations),
  ]
}

const judgeSize = (
  observations: Observations,
  { messageBytes }: CurrentSettings,
): readonly Finding[] => {
  const { grown } = observations
  if (grown === undefined) return []
  const { takenBytes, refusedBytes, refusal, afterwards } = grown
  const about = {
    id: 'size',
    title: 'The greatest size of a message',
    asked: 'let a message grow step by step, counted as the program counts',
  }
  const heard =
    refusal === undefined || refusedBytes === undefined
      ? `${takenBytes} bytes were taken, more were not tried`
      : `${takenBytes} bytes were taken, ${refusedBytes} were not: ${inWords(refusal)}${afterOverflow(afterwards)}`
  const safe = safeMessageBytes(observations)
  if (safe === undefined) return [{ ...about, verdict: 'unknown', heard }]
  const so = overflowMeans(observations)
  if (messageBytes <= safe) return [{ ...about, verdict: 'right', heard, ...so }]
  const mend = `Set MESSAGE_BYTES=${safe}: messages of ${messageBytes} bytes may be refused.`
  return [{ ...about, verdict: 'wrong', heard, ...so, mend }]
}

const afterOverflow = (afterwards: Answer | undefined): string => {
  if (afterwards === undefined) return ''
  return afterwards.kind === 'accepted'
    ? '; afterwards the message takes a short chunk'
    : `; afterwards a short chunk gets ${inWords(afterwards)}`
}

const overflowMeans = ({ grown }: Observations): { readonly so?: string } => {
  if (grown?.refusal === undefined) return {}
  if (reasonOf(grown.refusal) !== 'messageFull') {
    return {
      so: 'The program does not know that answer for "too long", so it must stay well below.',
    }
  }
  return grown.afterwards?.kind === 'refused'
    ? { so: 'After a chunk too many the message is dead: it must be overwritten to be closed.' }
    : { so: 'A message that is called full is ended there, and the text goes on in the next one.' }
}

const judgeUnanswered = ({ about, answer }: Unanswered): Finding => ({
  id: 'unanswered',
  verdict: 'unknown',
  title: `Not found out: ${about}`,
  heard: inWords(answer),
  so: 'Run the doctor again.',
})
type Unanswered = NonNullable<Observations['unanswered']>[number]

const stopped: Finding = {
  id: 'unanswered',
  verdict: 'unknown',
  title: 'The other questions',
  heard: 'Somebody stopped the doctor.',
}

const judgeRefused = (answer: Answer): Finding => ({
  id: 'probes',
  verdict: 'wrong',
  title: 'Sending to the test user',
  heard: inWords(answer),
  mend: remedy(answer),
})

const judgeClosing = ({ leftOpen }: Observations): Finding => {
  const about = { id: 'closed', title: 'The messages that were sent' }
  return leftOpen.length === 0
    ? { ...about, verdict: 'right', heard: 'All are closed.' }
    : {
        ...about,
        verdict: 'wrong',
        heard: `The service did not let these be closed: ${leftOpen.join(', ')}.`,
        mend: 'Delete them in the client of the test user; a finished message after them gives its Send button back.',
      }
}
