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

/** What is recorded now. */
export const checkpointOf = ({ held, text, writing: { progress } }: Session): Checkpoint => {
  const checkpoint = text.checkpoint(progress)
  return hasMovedOn(held.record.attempt, progress) ? { ...checkpoint, movedOn: true } : checkpoint
}
