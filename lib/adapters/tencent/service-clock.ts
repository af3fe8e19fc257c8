import { openedAtSeconds } from '../../core/reply/opening.ts'
import type { MsgKey } from '../../core/reply/reply.ts'
import { type ClockOffset, type OffsetRange, offsetAt, seeTime } from '../../core/service-offset.ts'
import type { Clock } from '../../ports.ts'
import type { ChatTransport } from './chat-transport.ts'

/** A gateway answers with a `Date` of its own, whose clock may differ from the one that names messages by this much, in ms. */
const GATEWAY_ERROR_MS = 1_000

/** What the answers of the service have shown of its clock. */
export interface ServiceClock {
  /** The same transport; the `Date` of each answer is noted. */
  watch(transport: ChatTransport): ChatTransport
  /** Notes the time in the name of a message that was opened by a call, which began at `startedAtMs` and has just been answered. */
  noteOpened(msgKey: MsgKey, startedAtMs: number): void
  offset(): ClockOffset
}

export const serviceClock = (clock: Pick<Clock, 'now'>): ServiceClock => {
  let known: OffsetRange | undefined

  const note = (seconds: number, startedAtMs: number, errorMs: number) => {
    const notBeforeMs = startedAtMs - errorMs
    known = seeTime(known, { seconds, notBeforeMs, notAfterMs: clock.now() + errorMs })
  }
  return {
    watch: (transport) => async (command, body, signal) => {
      const startedAtMs = clock.now()
      const answer = await transport(command, body, signal)
      const dateMs = answer.kind === 'json' ? Date.parse(answer.date ?? '') : Number.NaN
      if (!Number.isNaN(dateMs)) note(Math.floor(dateMs / 1_000), startedAtMs, GATEWAY_ERROR_MS)
      return answer
    },
    noteOpened(msgKey, startedAtMs) {
      const seconds = openedAtSeconds(msgKey)
      if (seconds !== undefined) note(seconds, startedAtMs, 0)
    },
    offset: () => offsetAt(known, clock.now()),
  }
}
