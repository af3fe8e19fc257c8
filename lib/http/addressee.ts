import * as v from 'valibot'
import { fieldsOf, isObject } from '../core/json.ts'
import type { Conversation } from '../core/reply/reply.ts'
import { account } from './fields.ts'
import type { FieldError } from './problem.ts'

const GROUP_RULE = 'must be a group: its GroupID of at most 100 bytes'

/** The fields that say whom a reply is for: a user, or a group in their place. */
export const addressee = {
  to: v.optional(account),
  group: v.optional(
    v.pipe(
      v.string('must be a string'),
      v.minBytes(1, GROUP_RULE),
      v.maxBytes(100, GROUP_RULE),
      v.regex(/^[^\p{Cc}\p{Surrogate}]*$/u, 'must not hold control characters or half characters'),
    ),
  ),
}

interface Addressed {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly group?: string | undefined
}

/** The conversation that the fields name; `undefined` where they name none, or two. */
export const conversationOf = ({ from, to, group }: Addressed): Conversation | undefined => {
  if (from === undefined || (to === undefined) === (group === undefined)) return undefined
  return to === undefined ? { from, to: group ?? '', group: {} } : { from, to }
}

/** The same for a body in which other fields are wrong as well. */
export const unaddressed = (input: unknown): readonly FieldError[] => {
  const { to, group } = fieldsOf(input)
  const isNamed = to !== undefined || group !== undefined
  return isObject(input) && !Array.isArray(input) && !isNamed ? addresseeErrors({}) : []
}

/** What is wrong with who the fields name; none where they name one. */
export const addresseeErrors = ({ to, group }: Addressed): readonly FieldError[] => {
  if (to === undefined && group === undefined) return [{ path: 'to', message: 'is missing' }]
  if (to === undefined || group === undefined) return []
  return [{ path: 'group', message: 'give either to (a user) or group (a GroupID)' }]
}
