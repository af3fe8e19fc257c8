import type { ChatFailure } from './chat-failure.ts'
import { backoffMs } from './pacing.ts'
import type { ReplyFailure } from './reply.ts'

/** What a writer does about a call that failed. */
export type Reaction =
  /** Make the call again after `afterMs`, with whatever text has come; `slower` also widens the gap. */
  | { readonly act: 'repeat'; readonly afterMs: number; readonly slower: boolean }
  /** Find out by reading back whether the call was applied. */
  | { readonly act: 'settle'; readonly detail: string }
  /** Close the message earlier than planned, and go on in the next one. */
  | { readonly act: 'shrink' }
  /** The message takes not one more character: close it in another way, and go on in the next one. */
  | { readonly act: 'closeFull' }
  /** The message seems to be gone: look for it, and go on in a new one. */
  | { readonly act: 'replaceLost' }
  | {
      readonly act: 'giveUp'
      readonly failure: ReplyFailure
      /** A message with another text would have been taken. */
      readonly moderated?: true
    }

/**
 * The one place that decides what follows from a failure. `failures` counts calls that failed in a row, this one included;
 * `random` in [0, 1).
 */
export const afterFailure = (failure: ChatFailure, failures: number, random: number): Reaction => {
  switch (failure.reason) {
    case 'tryAgain':
      if (failures <= failure.tries) return repeat(failures, random, false)
      if (failure.then === 'messageFull') return { act: 'shrink' }
      return giveUp(failure.code, 'the service kept answering with an error of its own')
    case 'slowDown':
      return repeat(Math.min(failures, 4), random, true)
    case 'notSent':
      return repeat(failures, random, false)
    case 'inDoubt':
      return { act: 'settle', detail: failure.detail }
    case 'messageFull':
      return { act: 'shrink' }
    case 'messageLost':
      return { act: 'replaceLost' }
    case 'refused':
      return {
        ...giveUp(failure.code, failure.detail),
        ...(failure.moderated ? { moderated: true } : {}),
      }
  }
}

/** What is done instead where an answer makes no sense for a message that is not open, or too short to be shortened. */
export const ifItMakesSense = (
  reaction: Reaction,
  call: {
    readonly opensMessage: boolean
    readonly canShrink: boolean
    readonly failures: number
    readonly lostMessages: number
  },
  random: number,
): Reaction => {
  if (reaction.act === 'shrink') {
    if (call.canShrink) return reaction
    if (!call.opensMessage) return { act: 'closeFull' }
    return repeatSenseless(call.failures, random, 'one character is too long for it')
  }
  if (reaction.act === 'replaceLost') {
    if (call.opensMessage) return repeatSenseless(call.failures, random, 'there is no such message')
    return call.lostMessages < MAX_LOST_MESSAGES
      ? reaction
      : giveUpWith('it keeps losing the message')
  }
  return reaction
}

/** An answer that cannot be meant is taken for a passing fault, a few times. */
const repeatSenseless = (failures: number, random: number, what: string): Reaction =>
  failures <= MAX_SENSELESS_ANSWERS ? repeat(failures, random, false) : giveUpWith(what)

/** After so many messages were lost in a row, another one would be lost too. */
const MAX_LOST_MESSAGES = 3
const MAX_SENSELESS_ANSWERS = 3

const giveUpWith = (what: string): Reaction => ({
  act: 'giveUp',
  failure: { reason: 'refused', detail: `The service says that ${what}.` },
})

const repeat = (tries: number, random: number, slower: boolean): Reaction => ({
  act: 'repeat',
  afterMs: backoffMs(tries, random),
  slower,
})

const giveUp = (code: number, detail: string): Extract<Reaction, { readonly act: 'giveUp' }> => ({
  act: 'giveUp',
  failure: { reason: 'refused', code, detail },
})
