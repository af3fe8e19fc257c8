export type ViolationKind =
  | 'emptyChunk'
  | 'afterFinish'
  | 'wrongKey'
  | 'tooLong'
  | 'overRate'
  | 'overlap'
  | 'loneSurrogate'
  | 'malformed'
  /** A native stream's next index is missing: clients wait for it for good. */
  | 'indexSkipped'
  /** One index carried two texts: what was read is rewritten. */
  | 'indexTwoTexts'

/** A rule of the service that a caller broke. */
export interface Violation {
  readonly kind: ViolationKind
  /** What happened, in one plain sentence. */
  readonly sentence: string
  /** Unix milliseconds at which the service noticed. */
  readonly atMs: number
}
