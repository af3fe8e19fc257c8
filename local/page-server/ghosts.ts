import { type GhostPart, runPlainLoop } from './plain-loop.ts'
import type { Switches } from './switches.ts'

/** What a plain loop would have made of the messages, beside what the functions make of them. */
export interface Ghosts {
  /** By the MsgKey of the user's message. */
  readonly parts: ReadonlyMap<string, GhostPart>
  /** Lets a plain loop answer a message, under the conditions that hold now. */
  haunt(msgKey: string): void
  close(): void
}

const REMEMBERED = 12

export const ghosts = (
  { recording, faults, latencyMs }: Pick<Switches, 'recording' | 'faults' | 'latencyMs'>,
  changed: () => void,
): Ghosts => {
  const parts = new Map<string, GhostPart>()
  const closed = new AbortController()
  return {
    parts,
    haunt(msgKey) {
      const tokens = recording()
      if (tokens === undefined) return
      for (const old of [...parts.keys()].slice(0, -REMEMBERED)) parts.delete(old)
      const show = (part: GhostPart): void => {
        parts.set(msgKey, part)
        changed()
      }
      show({ messages: [], calls: 0, ended: false })
      const how = { tokens, setup: faults(), latencyMs: latencyMs(), signal: closed.signal }
      void runPlainLoop({ ...how, changed: show })
    },
    close: () => closed.abort(),
  }
}
