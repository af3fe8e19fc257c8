import type { KeyVerb } from '../core/api-keys.ts'
import type { ReplyRecord } from '../core/reply/record.ts'
import type { Caller } from './authenticate.ts'
import { problem } from './problem.ts'

/** The answer to a caller whose key lacks a right; `undefined` where it has it. */
export const unlessMay = ({ may }: Caller, verb: KeyVerb): Response | undefined =>
  may.includes(verb)
    ? undefined
    : problem(403, {
        detail: `this key may not ${verb === 'admin' ? 'administer conversations' : `${verb} replies`}`,
      })

/** The answer to a caller whose key is not for the bot that a reply is from. */
export const unlessFor = ({ bots }: Caller, bot: string | undefined): Response | undefined =>
  bots === undefined || (bot !== undefined && bots.includes(bot))
    ? undefined
    : problem(403, { detail: 'this key is not for the bot of that reply' })

/** The answer to a caller whose key is not for a reply that exists. */
export const unlessOwn = (caller: Caller, record: ReplyRecord | undefined): Response | undefined =>
  record === undefined ? undefined : unlessFor(caller, record.conversation?.from)
