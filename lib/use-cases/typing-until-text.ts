import { textOfDelta } from '../core/conversation/source-delta.ts'
import type { SourceRequest } from '../core/conversation/source-request.ts'
import type { Clock, ReplySource, TypingSignal } from '../ports.ts'

/** How long clients show that somebody types, in ms. */
const SHOWN_MS = 5_000

export interface TypingOptions {
  readonly typing: TypingSignal
  readonly clock: Clock
  /** How long no text may have come, in ms; 0: nothing is ever shown. */
  readonly afterMs: number
}

/**
 * A source whose user is shown that the bot types, from `afterMs` on, again and again until the first text: that is not handed on
 * before the last call is over, so that none comes after it.
 */
export const typingUntilText = (source: ReplySource, options: TypingOptions): ReplySource => {
  if (options.afterMs === 0) return source
  const typed = async function* (request: SourceRequest) {
    const begun = new AbortController()
    const until = AbortSignal.any([begun.signal, request.signal])
    const showing = show(options, request, until)
    try {
      for await (const delta of source(request)) {
        if (textOfDelta(delta) !== '' && !begun.signal.aborted) {
          begun.abort()
          await showing
        }
        yield delta
      }
    } finally {
      begun.abort()
    }
  }
  return Object.assign(typed, { ...source })
}

const show = async (
  { typing, clock, afterMs }: TypingOptions,
  { turn: { conversation } }: SourceRequest,
  until: AbortSignal,
): Promise<void> => {
  if (conversation.group !== undefined) return
  await clock.sleep(afterMs, until)
  while (!until.aborted) {
    await typing.show(conversation, until)
    await clock.sleep(SHOWN_MS, until)
  }
}
