import type { Conversation, MsgKey } from '../../lib/core/reply/reply.ts'
import type { ChatApi, Clock } from '../../lib/ports.ts'
import type { Call } from './call-again.ts'
import { SHOWN_WITHIN_MS } from './recommend.ts'
import { markerOf, type Sight, sightOf } from './sight.ts'

/** Finds messages of one conversation in what the service shows of it. */
export interface MessageFinder {
  /** Looks for a message under its key's time, then around it; `calledAtMs` is when its newest call was made. */
  look(msgKey: MsgKey, calledAtMs: number): Promise<Sight>
  /** The newest open message with this text, opened by a call without an answer that was made at `sinceMs`. */
  findByText(text: string, sinceMs: number): Promise<MsgKey | undefined>
}

interface MessageFinderOptions {
  readonly chatApi: ChatApi
  readonly call: Call
  readonly clock: Clock
  readonly conversation: Conversation
}

/** This machine's clock may differ from the service's by this much. */
const SKEW_SECONDS = 60

const secondsIn = (msgKey: MsgKey): number => Number(msgKey.slice(msgKey.lastIndexOf('_') + 1))

/** Reads the service's history (`admin_getroammsg`). */
export const messageFinder = (options: MessageFinderOptions): MessageFinder => {
  const { chatApi, call, clock, conversation } = options

  const readSpan = (minTimeSeconds: number, maxTimeSeconds: number) =>
    call(() => chatApi.readMessages({ ...conversation, minTimeSeconds, maxTimeSeconds }))

  const readAround = (sinceSeconds: number) =>
    readSpan(sinceSeconds - SKEW_SECONDS, Math.ceil(clock.now() / 1_000) + SKEW_SECONDS)

  return {
    async look(msgKey, calledAtMs) {
      const see = async (reading: ReturnType<typeof readSpan>, underItsKey: boolean) => {
        const { answer, result } = await reading
        if (!result.ok) return { kind: 'unreadable', answer } as const
        const message = result.value.find((one) => one.msgKey === msgKey)
        const afterMs = clock.now() - calledAtMs
        return sightOf(message, { marker: markerOf(answer, msgKey), underItsKey, afterMs })
      }
      const seconds = secondsIn(msgKey)
      const sight = await see(readSpan(seconds, seconds), true)
      return sight.kind === 'hidden' ? see(readAround(seconds), false) : sight
    },

    async findByText(text, sinceMs) {
      await clock.sleep(SHOWN_WITHIN_MS)
      const { result } = await readAround(Math.floor(sinceMs / 1_000))
      const read = result.ok ? result.value : []
      return read.findLast((message) => message.text === text && !message.finished)?.msgKey
    },
  }
}
