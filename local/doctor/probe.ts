import type { MsgKey } from '../../lib/core/reply/reply.ts'
import type { Clock } from '../../lib/ports.ts'
import type { Answer } from './answer.ts'
import type { Observations } from './observations.ts'
import type { ProbeChat } from './probe-chat.ts'

/** A probe opens one message with `opening`, and looks what becomes of it. */
export interface Probe {
  readonly about: string
  readonly run: (
    chat: ProbeChat,
    message: { readonly msgKey: MsgKey; readonly opening: string },
    clock: Clock,
  ) => Promise<Partial<Observations> | Unanswered>
}

/** The answer that a probe cannot go on after. */
export type Unanswered = { readonly answer: Answer }
