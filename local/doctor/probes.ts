import * as v from 'valibot'
import type { MsgKey } from '../../lib/core/reply/reply.ts'
import type { Answer } from './answer.ts'
import type { Probe } from './probe.ts'
import { grown } from './size-probe.ts'

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

/** The open questions, in the order in which they are asked. */
export const PROBES: readonly Probe[] = [
  growing,
  emptyChunk,
  afterFinish,
  repeated,
  modified,
  grown,
]
