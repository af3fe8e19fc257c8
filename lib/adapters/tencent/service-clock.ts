import {
  type ClockOffset,
  doubtedBy,
  inSecond,
  learnOffset,
  type OffsetEstimate,
  offsetAt,
} from '../../core/clock-offset.ts'
import { openedAtSeconds } from '../../core/reply/opening.ts'
import type { MsgKey } from '../../core/reply/reply.ts'
import type { SteadyClock } from '../runtime/steady-clock.ts'
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

/** A clock of ours; one that may leap ahead tells by how much it has. */
export type ComparedClock = Pick<SteadyClock, 'now'> & Partial<Pick<SteadyClock, 'leaptMs'>>

export const serviceClock = (clock: ComparedClock): ServiceClock => {
  let known: OffsetEstimate | undefined
  let leaptMs = clock.leaptMs?.() ?? 0

  /** What is known, less what a leap of our own clock has put in doubt. */
  const current = (): OffsetEstimate | undefined => {
    const newLeapMs = (clock.leaptMs?.() ?? 0) - leaptMs
    leaptMs += newLeapMs
    if (known !== undefined && newLeapMs > 0) known = doubtedBy(known, newLeapMs)
    return known
  }

  const note = (seconds: number, startedAtMs: number, errorMs: number) => {
    const call = { sentAtMs: startedAtMs, receivedAtMs: clock.now() }
    known = learnOffset(current(), inSecond(seconds, call, errorMs))
  }
  return {
    watch: (transport) => async (command, body, signal, mayStart) => {
      const startedAtMs = clock.now()
      const answer = await transport(command, body, signal, mayStart)
      const dateMs = answer.kind === 'json' ? Date.parse(answer.date ?? '') : Number.NaN
      if (!Number.isNaN(dateMs)) note(Math.floor(dateMs / 1_000), startedAtMs, GATEWAY_ERROR_MS)
      return answer
    },
    noteOpened(msgKey, startedAtMs) {
      const seconds = openedAtSeconds(msgKey)
      if (seconds !== undefined) note(seconds, startedAtMs, 0)
    },
    offset: () => offsetAt(current(), clock.now(), leaptMs),
  }
}
