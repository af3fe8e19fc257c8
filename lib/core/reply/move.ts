import type { ChunkPlan } from './plan-chunk.ts'

/** What a writer does next. */
export type Move =
  | { readonly act: 'call'; readonly plan: ChunkPlan }
  /** Nothing may be sent before `ms` are over, unless the text ends. */
  | { readonly act: 'wait'; readonly ms: number }
  /** All that may be sent is Markdown that is still open: it is kept back for `ms`, unless more text closes it. */
  | { readonly act: 'keep'; readonly chars: number; readonly ms: number }
  /** There is no text that may be sent; after `ms`, where given, the message has been silent for too long. */
  | { readonly act: 'idle'; readonly ms?: number }
  /** The text has ended without anything in hand that could close the message. */
  | { readonly act: 'noText' }
  | { readonly act: 'end' }
  | { readonly act: 'unreachable' }

/** The text that a writer has in hand. */
export interface InHand {
  readonly pending: string
  readonly ended: boolean
  readonly holdBack: boolean
  /** Keeps Markdown back that is still open: where there is text before it, or also where there is none. Absent: neither. */
  readonly smooth?: 'ifAny' | 'always'
}
