import { isObject } from '../core/json.ts'
import { err, type Result } from '../core/result.ts'
import type { FieldError } from './problem.ts'
import type { ReplyOrder } from './reply-order.ts'

/**
 * Where the fields of `POST /replies` stand in the webhooks of a service that sends them its own way: `$.data.answer` is a
 * place in its body, with numbers for elements of arrays; anything else is the field's value itself.
 */
export type BodyMap = Readonly<Record<string, string>>

type ParseOrder = (input: unknown) => Result<ReplyOrder, readonly FieldError[]>

const PLACE = '$.'

/** Reads a body whose fields stand where `map` says; what is wrong is named by its path. A chunk of a reply is no whole one. */
export const parseMapped =
  (map: BodyMap, parse: ParseOrder): ParseOrder =>
  (input) => {
    if (isChunk(input)) return err([{ path: 'seq', message: OF_CHUNKS }])
    const parsed = parse(mappedBody(map, input))
    if (parsed.ok) return parsed
    const named = parsed.error.map(({ path, message }) => ({ path: ticketOf(map, path), message }))
    return err(named)
  }

const OF_CHUNKS = 'is of a chunk: post it to /replies/{replyId}/chunks'

/** A signature covers the body and not the path, and a chunk may have all that a map asks for. */
const isChunk = (input: unknown): boolean => isObject(input) && Object.hasOwn(input, 'seq')

/** A body with the fields of `map` that have a value. */
const mappedBody = (map: BodyMap, input: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(map).flatMap(([field, from]) => {
      const value = from.startsWith(PLACE) ? valueAt(input, from.slice(PLACE.length)) : from
      return value === undefined ? [] : [[field, value]]
    }),
  )

const valueAt = (input: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
      input,
    )

const ticketOf = (map: BodyMap, path: string): string => {
  const [field = '', ...rest] = path.split('.')
  const from = map[field]
  return from?.startsWith(PLACE) ? [from.slice(PLACE.length), ...rest].join('.') : path
}
