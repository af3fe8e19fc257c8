import type { ChatFailure } from '../../lib/core/chat-failure.ts'
import type { Conversation, MsgKey } from '../../lib/core/reply.ts'
import type { Result } from '../../lib/core/result.ts'
import type { ChatApi, Clock, StoredMessage } from '../../lib/ports.ts'
import { type Answer, wasLost } from './answer.ts'
import { SHOWN_WITHIN_MS } from './recommend.ts'
import { markerOf, type Sight, sightOf } from './sight.ts'

/** A conversation with a test user in which messages are opened to see what becomes of them. For one call at a time. */
export interface ProbeChat {
  /** Opens a message, and looks for it where the answer is lost; without a key where it is not there. */
  open(text: string): Promise<{ readonly answer: Answer; readonly msgKey?: MsgKey }>
  append(msgKey: MsgKey, text: string, finish?: boolean): Promise<Answer>
  overwrite(msgKey: MsgKey, chunks: readonly string[]): Promise<Answer>
  /** Reads a message back, again and again for some seconds until it shows what was expected. */
  read(msgKey: MsgKey, expected: (sight: Sight) => boolean): Promise<Sight>
  /** Closes a message unless it is known to be closed; the answer to the chunk that did, where one was sent. */
  close(msgKey: MsgKey): Promise<Answer | undefined>
  /**
   * Closes every message; the ones that may still be open. After those one more is sent, finished: it gives the user's client
   * its Send button back. Works also when the signal has aborted.
   */
  closeAll(): Promise<readonly string[]>
}

export interface ProbeChatOptions {
  readonly chatApi: ChatApi
  /** The newest answer as the service gave it. */
  readonly newest: () => Answer
  readonly clock: Clock
  readonly conversation: Conversation
  /** Ends the probes: every method but the closing ones throws from then on. */
  readonly signal: AbortSignal
}

const READ_AFTER_MS = [0, 400, 1_000, 1_800, 1_800]
const CALL_AGAIN_MS = 1_000
const CALLS = 4
/** The clocks of two data centres may differ by this much. */
const SKEW_SECONDS = 5
const CLOSING = ' (end)'

const secondsIn = (msgKey: MsgKey): number => Number(msgKey.slice(msgKey.lastIndexOf('_') + 1))

/** Answers that mean that the call may be made again without any doubt. */
const passing: ReadonlySet<ChatFailure['reason']> = new Set(['tryAgain', 'slowDown', 'notSent'])

/** Asking again will not help. */
const isRefused = (sight: Sight): boolean => sight.kind === 'unreadable' && !wasLost(sight.answer)

export const probeChat = (options: ProbeChatOptions): ProbeChat => {
  const { chatApi, newest, clock, conversation, signal } = options
  const open = new Set<MsgKey>()
  /** Messages that an empty chunk with Finish was taken for. */
  const emptied = new Set<MsgKey>()
  let unnamed = 0
  let calledAtMs = clock.now()

  /** Makes a call, again where the service asks for that. */
  const call = async <T>(
    make: () => Promise<Result<T, ChatFailure>>,
  ): Promise<{ readonly answer: Answer; readonly result: Result<T, ChatFailure> }> => {
    for (let calls = 1; ; calls += 1) {
      const result = await make()
      const answer = newest()
      if (result.ok || calls === CALLS || !passing.has(result.error.reason)) {
        return { answer, result }
      }
      await clock.sleep(CALL_AGAIN_MS * calls)
    }
  }

  const send = async (text: string, msgKey: MsgKey | undefined, finish: boolean) => {
    const chunk = { ...conversation, text, finish, ...(msgKey && { msgKey }) }
    const sent = await call(() => chatApi.sendChunk(chunk))
    calledAtMs = clock.now()
    if (msgKey && finish && sent.answer.kind === 'accepted') {
      // An empty chunk may be ignored, and its Finish with it.
      if (text === '') emptied.add(msgKey)
      else open.delete(msgKey)
    }
    return sent
  }

  const overwrite = async (msgKey: MsgKey, chunks: readonly string[]): Promise<Answer> => {
    const message = { ...conversation, msgKey, chunks, finished: true }
    const { answer } = await call(() => chatApi.replaceMessage(message))
    calledAtMs = clock.now()
    return answer
  }

  const find = async (
    msgKey: MsgKey,
    minTimeSeconds: number,
    maxTimeSeconds: number,
    underItsKey: boolean,
  ): Promise<Sight> => {
    const query = { ...conversation, minTimeSeconds, maxTimeSeconds }
    const { answer, result } = await call(() => chatApi.readMessages(query))
    if (!result.ok) return { kind: 'unreadable', answer }
    const message = result.value.find((one: StoredMessage) => one.msgKey === msgKey)
    const afterMs = clock.now() - calledAtMs
    return sightOf(message, { marker: markerOf(answer, msgKey), underItsKey, afterMs })
  }

  const look = async (msgKey: MsgKey): Promise<Sight> => {
    const seconds = secondsIn(msgKey)
    const sight = await find(msgKey, seconds, seconds, true)
    if (sight.kind !== 'hidden') return sight
    const nowSeconds = Math.ceil(clock.now() / 1_000)
    return find(msgKey, seconds - SKEW_SECONDS, nowSeconds + SKEW_SECONDS, false)
  }

  const read = async (msgKey: MsgKey, expected: (sight: Sight) => boolean): Promise<Sight> => {
    let sight: Sight = { kind: 'hidden' }
    for (const waitMs of READ_AFTER_MS) {
      await clock.sleep(waitMs, signal)
      signal.throwIfAborted()
      sight = await look(msgKey)
      if (isRefused(sight) || expected(sight)) break
    }
    if (sight.kind === 'shown' && sight.finished) open.delete(msgKey)
    return sight
  }

  const close = async (msgKey: MsgKey): Promise<Answer | undefined> => {
    if (!open.has(msgKey)) return undefined
    const { answer } = await send(CLOSING, msgKey, true)
    if (!open.has(msgKey)) return answer
    const sight = await look(msgKey)
    if (isClosed(sight, msgKey, answer)) open.delete(msgKey)
    else await closeByOverwriting(msgKey, sight)
    return answer
  }

  const isClosed = (sight: Sight, msgKey: MsgKey, closing: Answer): boolean =>
    sight.kind === 'shown' ? sight.finished : closing.kind === 'refused' && emptied.has(msgKey)

  const closeByOverwriting = async (msgKey: MsgKey, sight: Sight): Promise<void> => {
    const chunks = sight.kind === 'shown' ? sight.chunks : [CLOSING]
    if ((await overwrite(msgKey, chunks)).kind === 'accepted') open.delete(msgKey)
  }

  /** A message that was opened by a call without an answer. */
  const findOpened = async (text: string, sinceMs: number): Promise<MsgKey | undefined> => {
    await clock.sleep(SHOWN_WITHIN_MS)
    const { result } = await call(() =>
      chatApi.readMessages({
        ...conversation,
        minTimeSeconds: Math.floor(sinceMs / 1_000) - SKEW_SECONDS,
        maxTimeSeconds: Math.ceil(clock.now() / 1_000) + SKEW_SECONDS,
      }),
    )
    const found = result.ok ? result.value.filter((message) => message.text === text) : []
    return found.at(-1)?.msgKey
  }

  return {
    async open(text) {
      signal.throwIfAborted()
      const startedAtMs = clock.now()
      const { answer, result } = await send(text, undefined, false)
      const doubt = !result.ok && result.error.reason === 'inDoubt'
      const found = doubt ? await findOpened(text, startedAtMs) : undefined
      const msgKey = result.ok ? result.value.msgKey : found
      if (msgKey === undefined) {
        unnamed += doubt ? 1 : 0
        return { answer }
      }
      open.add(msgKey)
      return { answer, msgKey }
    },
    async append(msgKey, text, finish = false) {
      signal.throwIfAborted()
      return (await send(text, msgKey, finish)).answer
    },
    overwrite(msgKey, chunks) {
      signal.throwIfAborted()
      return overwrite(msgKey, chunks)
    },
    read,
    close,
    async closeAll() {
      for (const msgKey of [...open]) await close(msgKey)
      const left = [...open, ...Array(unnamed).fill('perhaps one that the service did not name')]
      if (left.length > 0) await send('The end.', undefined, true)
      return left
    },
  }
}
