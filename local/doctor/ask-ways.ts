import { callOf } from '../../lib/core/reply/chat-calls.ts'
import { unsentMessage, withNumberedChunk } from '../../lib/core/reply/message.ts'
import type { Conversation, MessageProgress, MsgKey, ReplyId } from '../../lib/core/reply/reply.ts'
import type { Way } from '../../lib/core/reply/way.ts'
import type { ChatApi, Clock } from '../../lib/ports.ts'
import { type Answer, inWords } from './answer.ts'
import type { Finding } from './finding.ts'

/** What asking needs: the service, and the newest answer as it gave it. */
export interface WayAsking {
  readonly chatApi: ChatApi
  readonly newest: () => Answer
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Longer than a native stream may be silent. */
const SILENCE_MS = 16_000

/** A message that is written call by call; `again` makes the newest call once more. */
const written = (
  { chatApi, newest, clock }: WayAsking,
  way: Way,
  conversation: Conversation,
  name: string,
) => {
  const replyId = `doctor-${name}-${clock.now()}` as ReplyId
  let before: MessageProgress = unsentMessage()
  let message = before
  const make = async (text: string, finish: boolean): Promise<Answer> => {
    const msgKeys = before.msgKey === undefined ? [] : [before.msgKey]
    const progress = { message: before, msgKeys }
    const sent = await chatApi.sendChunk(
      callOf({ replyId, conversation, progress }, way, { text, finish }),
    )
    const msgKey: MsgKey | undefined = before.msgKey ?? (sent.ok ? sent.value.msgKey : undefined)
    if (sent.ok && msgKey !== undefined) {
      message = withNumberedChunk(before, text, msgKey, way.carriedChars, clock.now())
    }
    return newest()
  }
  let last = ['', false] as readonly [string, boolean]
  return {
    isOpen: () => message.msgKey !== undefined,
    key: () => message.msgKey,
    send: (text: string, finish = false): Promise<Answer> => {
      before = message
      last = [text, finish]
      return make(text, finish)
    },
    again: (): Promise<Answer> => make(...last),
  }
}

const found = (id: string, title: string, answer: Answer, so: string): Finding => ({
  id,
  title,
  verdict: answer.kind === 'accepted' ? 'right' : 'unknown',
  heard: inWords(answer),
  so,
})

const isTaken = ({ kind }: Answer): boolean => kind === 'accepted'

/** Asks how native streams behave, with two messages in a conversation; takes some 20 s. */
export const askNative = async (
  asking: WayAsking,
  way: Way,
  conversation: Conversation,
): Promise<readonly Finding[]> => {
  const { clock, signal } = asking
  const stream = written(asking, way, conversation, 'native')
  const opened = await stream.send('This is a native stream. ')
  const isThere = stream.isOpen()
  const there = found(
    'native',
    'Native streams',
    opened,
    isThere
      ? 'C2C_STREAM=native and GROUP_STREAM=native can be used.'
      : 'The answer names no stream: keep C2C_STREAM=stream_msg, or set NATIVE_FALLBACK=1.',
  )
  if (!isThere) return [{ ...there, verdict: 'unknown' }]
  await stream.send('Its second chunk. ')
  const repeated = await stream.again()
  const empty = await stream.send('')
  await clock.sleep(SILENCE_MS, signal)
  const late = await stream.send('This came after 16 s of silence.', true)
  const second = written(asking, way, conversation, 'native-end')
  await second.send('This stream is closed by an empty chunk.')
  const closing = await second.send('', true)
  return [
    there,
    found(
      'native-repeated',
      'The same index again',
      repeated,
      'A lost answer is cleared up by repeating its call; a refusal counts as applied before.',
    ),
    found(
      'native-keep-alive',
      'An empty chunk that keeps a stream open',
      empty,
      isTaken(empty)
        ? 'NATIVE_KEEP_ALIVE=data works.'
        : 'Set NATIVE_KEEP_ALIVE=off, or another EventType: silent streams go on in a new message.',
    ),
    found(
      'native-silence',
      'A chunk after 16 s of silence',
      late,
      isTaken(late)
        ? 'The service does not end silent streams so soon.'
        : 'The service ends a silent stream, as its documents say.',
    ),
    found(
      'native-close',
      'An empty chunk that closes a stream',
      closing,
      isTaken(closing)
        ? 'A stream can be closed as it is.'
        : 'A stream that is left is ended by the service itself.',
    ),
  ]
}

/** Asks how a group behaves that is written by `modify`, with one message. */
export const askGroup = async (
  asking: WayAsking,
  way: Way,
  conversation: Conversation,
): Promise<readonly Finding[]> => {
  const { chatApi, clock } = asking
  const startedAtMs = clock.now()
  const message = written(asking, way, conversation, 'group')
  const opened = await message.send('This message is changed. ')
  const there = found(
    'group',
    'Writing into the group',
    opened,
    'GROUP_STREAM=modify writes there.',
  )
  const key = message.key()
  if (key === undefined) {
    const mend = 'Make the bot a member of the group, and look at the code.'
    return [{ ...there, verdict: 'wrong', so: 'Nothing can be written there.', mend }]
  }
  const repeated = await message.again()
  const isSame = message.key() === key
  const changed = await message.send('It was changed.', true)
  const read = await chatApi.readMessages({
    ...conversation,
    minTimeSeconds: Math.floor(startedAtMs / 1_000) - 60,
    maxTimeSeconds: Math.ceil(clock.now() / 1_000) + 60,
  })
  const shown = read.ok ? read.value.find(({ msgKey }) => msgKey === key) : undefined
  return [
    there,
    {
      ...found('group-repeated', 'The same opening again', repeated, ''),
      so: isSame
        ? 'It is the same message: a lost opening is repeated.'
        : 'It is another message: a lost opening may show its text twice.',
      verdict: isSame ? 'right' : 'unknown',
    },
    found(
      'group-modify',
      'Changing a message',
      changed,
      isTaken(changed)
        ? 'Answers grow in the group.'
        : 'Groups of this kind take no changes: use GROUP_STREAM=native or off.',
    ),
    {
      id: 'group-read',
      title: 'Reading the group back',
      verdict: shown === undefined ? 'unknown' : 'right',
      heard:
        shown === undefined
          ? 'the message is not shown'
          : `shown with ${shown.text?.length ?? 0} characters`,
      so: 'Only an opening that is older than five minutes, or a stream that has ended, is read.',
    },
  ]
}
