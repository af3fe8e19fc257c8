import * as v from 'valibot'
import { isPlainUrl, isUrlWithQuery } from '../core/plain-url.ts'
import { secretProblem } from '../core/secret-rules.ts'

const integer = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+$/, `must be a whole number from ${least} to ${most}`),
    v.transform(Number),
    v.minValue(least, `must be a whole number from ${least} to ${most}`),
    v.maxValue(most, `must be a whole number from ${least} to ${most}`),
  )
export const withDefault = (fallback: number, least: number, most: number) =>
  v.optional(integer(least, most), String(fallback))
export const required = (meaning: string) => v.string(`is missing: ${meaning}`)
export const url = v.pipe(
  v.string(),
  v.check(isPlainUrl, 'must be a URL such as https://example.com, without user or query'),
)
export const urlWithQuery = v.pipe(
  v.string(),
  v.check(isUrlWithQuery, 'must be a URL such as https://example.com/v1, without user'),
)
export const pattern = (rule: RegExp, meaning: string) => v.pipe(v.string(), v.regex(rule, meaning))
/** The value is strong enough for a secret of that name. */
export const isStrong = (name: string) =>
  v.rawCheck<string>(({ dataset, addIssue }) => {
    const problem = dataset.typed ? secretProblem(name, dataset.value) : undefined
    if (problem !== undefined) addIssue({ message: problem })
  })
export const secretOf = (name: string) => v.optional(v.pipe(v.string(), isStrong(name)))
/** A notice must fit into the room that is kept free to close a message with it. */
export const notice = (fallback: string) =>
  v.optional(v.pipe(v.string(), v.maxLength(100, 'must have at most 100 characters')), fallback)

const switchFrom = (fallback: '0' | '1') =>
  v.pipe(
    v.optional(v.picklist(['0', '1'], 'must be 1, or 0'), fallback),
    v.transform((set) => set === '1'),
  )
/** One of these; the first where it is absent. */
export const oneOf = <const Name extends string>(first: Name, ...others: readonly Name[]) => {
  const names = [first, ...others]
  return v.optional(v.picklist(names, `must be one of ${names.join(', ')}`), first)
}

/** A switch: 1 turns it on. */
export const off = switchFrom('0')
/** A switch: 0 turns it off. */
export const on = switchFrom('1')

export const json = (rule: string) =>
  v.rawTransform<string, unknown>(({ dataset, addIssue, NEVER }) => {
    try {
      return JSON.parse(dataset.value)
    } catch {
      addIssue({ message: rule })
      return NEVER
    }
  })
