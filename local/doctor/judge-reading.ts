import { wasLost } from './answer.ts'
import type { Finding } from './finding.ts'
import type { Observations } from './observations.ts'
import { type CurrentSettings, SHOWN_WITHIN_MS, unreadableBecause } from './recommend.ts'
import { type Sight, seen } from './sight.ts'

type Growing = NonNullable<Observations['growing']>

/** Findings on how a message is stored and read back while it grows. */
export const judgeReading = (
  growing: Growing,
  { inDoubt }: CurrentSettings,
): readonly Finding[] => {
  const [first, second] = growing.sent
  const stored = growing.open.kind === 'shown' ? growing.open : growing.finished
  return [
    judgeReadBack(growing, first + second, inDoubt),
    ...(stored.kind === 'shown' ? [judgeElements(stored), judgeMarker(stored)] : []),
    judgeKey(growing, stored),
  ]
}

const judgeReadBack = (
  { open, finished }: Growing,
  text: string,
  inDoubt: CurrentSettings['inDoubt'],
): Finding => {
  const about = {
    id: 'read-back',
    title: 'Reading an open message back',
    asked: 'sent two chunks, read the message (admin_getroammsg), finished it, read it again',
    heard: `while open: ${seen(open)}; when finished: ${seen(finished)}`,
  }
  if (open.kind === 'unreadable' && wasLost(open.answer)) return { ...about, verdict: 'unknown' }
  const because = unreadableBecause(open, text)
  if (because !== undefined) return { ...about, ...withoutReading(because, inDoubt) }
  if (open.kind === 'shown' && open.afterMs > SHOWN_WITHIN_MS) {
    const so = `Its text appears only ${open.afterMs} ms after the call.`
    const mend = 'No setting helps: a chunk whose answer is lost may be shown twice.'
    return { ...about, verdict: 'wrong', so, mend }
  }
  const so =
    inDoubt === 'verify'
      ? 'After a lost answer the program sees what arrived and sends only the rest.'
      : `With IN_DOUBT=verify it would also wait where reading fails for a moment; with ${inDoubt} it does not.`
  return { ...about, verdict: 'right', so }
}

const withoutReading = (
  because: string,
  inDoubt: CurrentSettings['inDoubt'],
): Pick<Finding, 'verdict' | 'so' | 'mend'> => {
  const so = `After a lost answer nobody can tell whether the chunk arrived: ${because}.`
  if (inDoubt === 'verify') {
    const mend =
      'Set IN_DOUBT=resend (such a chunk may be shown twice) or skip (it may be missing): verify would try reading for 30 s and then resend.'
    return { verdict: 'wrong', so, mend }
  }
  const chosen = inDoubt === 'skip' ? 'passes over it' : 'sends it again'
  return { verdict: 'right', so: `${so} IN_DOUBT=${inDoubt} ${chosen}.` }
}

type Shown = Extract<Sight, { kind: 'shown' }>

const judgeElements = ({ chunks }: Shown): Finding => ({
  id: 'elements',
  verdict: 'right',
  title: 'Chunks in the stored message',
  heard: chunks.length > 1 ? 'each call is one element' : 'all calls are joined into one element',
  so:
    chunks.length > 1
      ? 'So the size of a message is counted.'
      : 'Messages are a little smaller than they are counted.',
})

const judgeMarker = ({ marker }: Shown): Finding => {
  const about = { id: 'marker', title: 'Marker of the stored message' }
  if (marker === 2) {
    const so = 'TUIKit 8.6.7040 and newer show it as a streamed text.'
    return { ...about, verdict: 'right', heard: 'chatbotPlugin 2', so }
  }
  if (marker === 1) {
    const so =
      'It is the first generation: TUIKit 8.6.7040 for Android and newer show it as an unsupported message. Look at your client before you go live.'
    return { ...about, verdict: 'right', heard: 'chatbotPlugin 1', so }
  }
  return { ...about, verdict: 'unknown', heard: `chatbotPlugin ${marker ?? 'absent'}` }
}

const judgeKey = ({ renamed }: Growing, stored: Sight): Finding => {
  const about = {
    id: 'key-time',
    title: "The message's key and time after more chunks",
    asked: 'sent the second chunk more than a second after the first',
  }
  if (stored.kind !== 'shown') {
    return { ...about, verdict: 'unknown', heard: 'The message is not shown.' }
  }
  const key = renamed ? 'The second answer names another MsgKey.' : 'The MsgKey stays.'
  const time = stored.underItsKey
    ? 'The message keeps the time of its first chunk.'
    : 'The message moves to the time of its newest chunk.'
  return { ...about, verdict: 'right', heard: `${key} ${time}` }
}
