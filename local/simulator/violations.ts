export type ViolationKind =
  | 'emptyChunk'
  | 'afterFinish'
  | 'wrongKey'
  | 'tooLong'
  | 'overRate'
  | 'overlap'
  | 'loneSurrogate'
  | 'malformed'

/** A rule of the service that a caller broke. */
export interface Violation {
  readonly kind: ViolationKind
  /** What happened, in one plain sentence. */
  readonly sentence: string
  /** Unix milliseconds at which the service noticed. */
  readonly atMs: number
}
