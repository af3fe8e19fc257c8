import { hasMovedOn } from '../core/reply/attempt.ts'
import type { Writing } from '../core/reply/writing.ts'
import type { HeldReply } from './held.ts'
import type { LagMeter } from './lag-meter.ts'
import type { Checkpoint } from './lease.ts'
import type { ReplyText } from './reply-text.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/** A reply while it is being written: what its writer works with, and how far it has come. */
export interface Session {
  readonly deps: WriterDeps
  readonly settings: WriterSettings
  readonly held: HeldReply
  readonly text: ReplyText
  writing: Writing
  /** True once it is decided that the reply ends before its text does. */
  endsEarly: boolean
  /** False once the writer has given up on a call whose outcome may still matter. */
  settled: boolean
  /** How long the oldest text in hand has waited, and the longest that any text has. */
  readonly lag: LagMeter
}

/**
 * True while progress is recorded only where it must be. Where open messages are shown, a successor reads there how far the
 * reply is; and of a text that dies with its writer nothing can be sent twice, should that no longer be so. A text that its source
 * can go on with is no such text.
 */
export const isSparse = ({ deps, held, text, writing }: Session): boolean =>
  !text.survivesItsWriter &&
  held.record.turn === undefined &&
  writing.way.afterLostAnswer === 'readBack' &&
  deps.openMessages?.areShown() === true

/** What is recorded now. */
export const checkpointOf = ({ held, text, writing: { progress } }: Session): Checkpoint => {
  const checkpoint = text.checkpoint(progress)
  return hasMovedOn(held.record.attempt, progress) ? { ...checkpoint, movedOn: true } : checkpoint
}
