import * as v from 'valibot'
import {
  chunkBytes,
  EMPTY_MESSAGE_BYTES,
  encodedBytes,
  unitsThatFit,
} from '../../lib/core/encoded-size.ts'
import type { MsgKey } from '../../lib/core/reply.ts'
import type { Clock } from '../../lib/ports.ts'
import { type Answer, wasLost } from './answer.ts'
import type { Observations } from './observations.ts'
import type { ProbeChat } from './probe-chat.ts'

/** A probe opens one message with `opening`, and looks what becomes of it. */
interface Probe {
  readonly about: string
  readonly run: (
    chat: ProbeChat,
    message: { readonly msgKey: MsgKey; readonly opening: string },
    clock: Clock,
  ) => Promise<Partial<Observations> | Unanswered>
}

/** The answer that a probe cannot go on after. */
type Unanswered = { readonly answer: Answer }

/** So long that the second chunk comes in another second than the first. */
const NEXT_SECOND_MS = 1_100

const growing: Probe = {
  about: 'how a growing message is stored',
  async run(chat, { msgKey, opening }, clock) {
    await clock.sleep(NEXT_SECOND_MS)
    const [second, third] = ['More text. ', 'The end.']
    const appended = await chat.append(msgKey, second)
    if (appended.kind !== 'accepted') return { answer: appended }
    const text = opening + second
    const open = await chat.read(msgKey, (sight) => sight.kind === 'shown' && sight.text === text)
    const ended = await chat.append(msgKey, third, true)
    if (ended.kind !== 'accepted') return { answer: ended }
    const finished = await chat.read(msgKey, (sight) => sight.kind === 'shown' && sight.finished)
    const sent = [opening, second, third] as const
    return { growing: { sent, open, finished, renamed: renamed(appended, msgKey) } }
  },
}

const namedSchema = v.object({ MsgKey: v.string() })

const renamed = (answer: Answer, msgKey: MsgKey): boolean => {
  const named = v.safeParse(namedSchema, answer.kind === 'accepted' ? answer.body : undefined)
  return named.success && named.output.MsgKey !== msgKey
}

const emptyChunk: Probe = {
  about: 'an empty chunk with Finish',
  async run(chat, { msgKey }) {
    const answer = await chat.append(msgKey, '', true)
    const sight = await chat.read(
      msgKey,
      (one) => one.kind === 'shown' && (one.finished || answer.kind !== 'accepted'),
    )
    const closing = await chat.close(msgKey)
    return { emptyChunk: { answer, sight, ...(closing && { closing }) } }
  },
}

const afterFinish: Probe = {
  about: 'a chunk after Finish',
  async run(chat, { msgKey }) {
    const finished = await chat.append(msgKey, 'The end.', true)
    if (finished.kind !== 'accepted') return { answer: finished }
    const sent = ' This comes after the end.'
    const answer = await chat.append(msgKey, sent)
    const sight = await chat.read(
      msgKey,
      (one) => one.kind === 'shown' && (answer.kind !== 'accepted' || one.text.endsWith(sent)),
    )
    return { afterFinish: { answer, sight, sent } }
  },
}

const repeated: Probe = {
  about: 'the same call twice',
  async run(chat, { msgKey, opening }) {
    const [chunk, end] = ['This was sent twice. ', 'The end.']
    const first = await chat.append(msgKey, chunk)
    if (first.kind !== 'accepted') return { answer: first }
    const answer = await chat.append(msgKey, chunk)
    const ended = await chat.append(msgKey, end, true)
    if (ended.kind !== 'accepted') return { answer: ended }
    const sight = await chat.read(msgKey, (one) => one.kind === 'shown' && one.finished)
    const [once, twice] = [opening + chunk + end, opening + chunk + chunk + end]
    return { repeated: { answer, sight, once, twice } }
  },
}

const modified: Probe = {
  about: 'overwriting a streamed message',
  async run(chat, { msgKey, opening }) {
    const chunks = [opening, 'This was put here by overwriting.']
    const text = chunks.join('')
    const answer = await chat.overwrite(msgKey, chunks)
    const sight = await chat.read(
      msgKey,
      (one) => one.kind === 'shown' && (answer.kind !== 'accepted' || one.text === text),
    )
    return { modified: { answer, sight, text } }
  },
}

/**
 * Sizes that a message grows to, encoded, in bytes. Tencent's limit is 12 KB, counted nobody knows quite how. Wherever it is,
 * if only at a round number, the chunk that closes the message must find room below it.
 */
const SIZES = [2, 4, 6, 8, 10, 11, 11.5, 11.75, 12, 12.25, 13, 16].map((kb) => kb * 1_024 - 64)

/** Text of every kind that is counted otherwise than one byte a character. */
const FILLER = 'A line with "quotes", a \\ and 中文字符 😀.\n'.repeat(400)

const grown: Probe = {
  about: 'the greatest size of a message',
  async run(chat, { msgKey, opening }) {
    let bytes = EMPTY_MESSAGE_BYTES + chunkBytes(opening)
    let takenBytes = 0
    for (const size of SIZES) {
      const chunk = chunkOf(size - bytes)
      const answer = await chat.append(msgKey, chunk)
      if (wasLost(answer)) return { answer }
      if (answer.kind === 'refused') {
        const afterwards = await chat.append(msgKey, 'The end.', true)
        if (wasLost(afterwards)) return { answer: afterwards }
        return { grown: { takenBytes, refusedBytes: size, refusal: answer, afterwards } }
      }
      bytes += chunkBytes(chunk)
      takenBytes = bytes
    }
    return { grown: { takenBytes } }
  },
}

/** A chunk that makes its message this much longer. */
const chunkOf = (bytes: number): string => {
  const room = bytes - chunkBytes('')
  const text = FILLER.slice(0, unitsThatFit(FILLER, room))
  return text + 'x'.repeat(room - encodedBytes(text))
}

const PROBES: readonly Probe[] = [growing, emptyChunk, afterFinish, repeated, modified, grown]

/** How many messages the probes send. */
export const MESSAGES = PROBES.length

/**
 * Sends messages to the test user and looks what becomes of them. Every message is closed before it returns, whatever goes
 * wrong and however it ends.
 */
export const observe = async (
  chat: ProbeChat,
  clock: Clock,
  onProbe: (about: string) => void,
): Promise<Observations> => {
  let seen: Seen = {}
  let leftOpen: readonly string[] = []
  try {
    for (const [index, probe] of PROBES.entries()) {
      onProbe(probe.about)
      const opening = `Doctor, message ${index + 1} of ${MESSAGES}: ${probe.about}. `
      const { answer, msgKey } = await chat.open(opening)
      if (msgKey === undefined) {
        seen = { ...seen, refused: answer }
        break
      }
      seen = withProbe(seen, probe.about, await probe.run(chat, { msgKey, opening }, clock))
      await chat.close(msgKey)
    }
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error
    seen = { ...seen, stopped: true }
  } finally {
    leftOpen = await chat.closeAll()
  }
  return { ...seen, leftOpen }
}

type Seen = Omit<Observations, 'leftOpen'>

const withProbe = (seen: Seen, about: string, came: Partial<Observations> | Unanswered): Seen =>
  'answer' in came
    ? { ...seen, unanswered: [...(seen.unanswered ?? []), { about, answer: came.answer }] }
    : { ...seen, ...came }
