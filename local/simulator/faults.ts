/** What goes wrong with one call. "Before" and "After" say whether the service applied it. */
export type Fault =
  /** The service answers this ErrorCode, having done nothing. */
  | { readonly kind: 'code'; readonly code: number; readonly info?: string }
  /** The connection breaks without an answer. */
  | { readonly kind: 'dropBefore' | 'dropAfter' }
  /** No answer ever comes. */
  | { readonly kind: 'hangBefore' | 'hangAfter' }
  /** Something between answers in place of the service. */
  | { readonly kind: 'http'; readonly status: number; readonly applied: boolean }
  /** HTTP 200 with a body that is no answer. */
  | { readonly kind: 'garbage'; readonly applied: boolean }
  /** The connection breaks at once, yet the service applies the call this much later. */
  | { readonly kind: 'late'; readonly afterMs: number }
  /** There is no connection to begin with. Over HTTP, where the caller is connected already, the same as `dropBefore`. */
  | { readonly kind: 'notSent' }

/** Names one call: `index` counts the calls of that command from 0. */
export interface FaultyCall {
  /** Without its service: `send_stream_msg`. */
  readonly command: string
  readonly index: number
}

/** Says what goes wrong with a call; `undefined` lets it pass. */
export type FaultPlan = (call: FaultyCall) => Fault | undefined

/** Nothing goes wrong. */
export const noFaults: FaultPlan = () => undefined

/** One thing goes wrong, once. */
export const faultAt =
  (command: string, index: number, fault: Fault): FaultPlan =>
  (call) =>
    call.command === command && call.index === index ? fault : undefined

/** Several plans as one: the first that has something to say about a call decides. */
export const anyFault =
  (...plans: readonly FaultPlan[]): FaultPlan =>
  (call) => {
    for (const plan of plans) {
      const fault = plan(call)
      if (fault !== undefined) return fault
    }
    return undefined
  }
