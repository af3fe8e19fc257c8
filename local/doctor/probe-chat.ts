import type { Conversation, MsgKey } from '../../lib/core/reply/reply.ts'
import type { ChatApi, Clock } from '../../lib/ports.ts'
import { type Answer, wasLost } from './answer.ts'
import { callAgain } from './call-again.ts'
import { messageFinder } from './message-finder.ts'
import type { Sight } from './sight.ts'

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

interface ProbeChatOptions {
  readonly chatApi: ChatApi
  /** The newest answer as the service gave it. */
  readonly newest: () => Answer
  readonly clock: Clock
  readonly conversation: Conversation
  /** Ends the probes: every method but the closing ones throws from then on. */
  readonly signal: AbortSignal
}

const READ_AFTER_MS = [0, 400, 1_000, 1_800, 1_800]
const CLOSING = ' (end)'

/** Asking again will not help. */
const isRefused = (sight: Sight): boolean => sight.kind === 'unreadable' && !wasLost(sight.answer)

/** Remembers which messages it opened, until they are known to be closed. */
export const probeChat = (options: ProbeChatOptions): ProbeChat => {
  const { chatApi, newest, clock, conversation, signal } = options
  const call = callAgain(newest, clock)
  const finder = messageFinder({ chatApi, call, clock, conversation })
  const open = new Set<MsgKey>()
  /** Messages that an empty chunk with Finish was taken for. */
  const emptied = new Set<MsgKey>()
  let unnamed = 0
  let calledAtMs = clock.now()

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

  const read = async (msgKey: MsgKey, expected: (sight: Sight) => boolean): Promise<Sight> => {
    let sight: Sight = { kind: 'hidden' }
    for (const waitMs of READ_AFTER_MS) {
      await clock.sleep(waitMs, signal)
      signal.throwIfAborted()
      sight = await finder.look(msgKey, calledAtMs)
      if (isRefused(sight) || expected(sight)) break
    }
    if (sight.kind === 'shown' && sight.finished) open.delete(msgKey)
    return sight
  }

  const close = async (msgKey: MsgKey): Promise<Answer | undefined> => {
    if (!open.has(msgKey)) return undefined
    const { answer } = await send(CLOSING, msgKey, true)
    if (!open.has(msgKey)) return answer
    const sight = await finder.look(msgKey, calledAtMs)
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

  return {
    async open(text) {
      signal.throwIfAborted()
      const startedAtMs = clock.now()
      const { answer, result } = await send(text, undefined, false)
      const doubt = !result.ok && result.error.reason === 'inDoubt'
      const found = doubt ? await finder.findByText(text, startedAtMs) : undefined
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
