/** What the Responses API of the model may be told beside the trace. */
export interface ResponsesSettings {
  /** Pieces of reasoning before the first text. */
  readonly reasoning: { readonly pieces: number; readonly everyMs: number }
  readonly ends: 'completed' | 'incomplete' | 'failed'
  /** A response that is older than this is no longer streamed, though still there. */
  readonly streamedForMs: number
  /** The stream of this number, counted from 0 for each response, ends after so many events: in good order, or by breaking. */
  readonly streamEnds: (
    stream: number,
  ) => { readonly after: number; readonly how: 'clean' | 'broken' } | undefined
}

export const responsesDefaults: ResponsesSettings = {
  reasoning: { pieces: 0, everyMs: 0 },
  ends: 'completed',
  streamedForMs: 300_000,
  streamEnds: () => undefined,
}
