import type { Context } from 'hono'
import { err, ok, type Result } from '../core/result.ts'
import { badFields, type FieldError, problem } from './problem.ts'

/** Reads a JSON body with `parse`; what is wrong with it becomes the answer. */
export const readBody = async <T>(
  c: Pick<Context, 'req'>,
  parse: (input: unknown) => Result<T, readonly FieldError[]>,
): Promise<Result<T, Response>> => {
  const type = c.req.header('content-type')
  if (type !== undefined && !/^application\/([\w.+-]+\+)?json *(;|$)/i.test(type)) {
    return err(problem(415, { detail: 'send the body as application/json' }))
  }
  const json = await parseJson(c)
  if (json === undefined) {
    const errors = [{ path: 'body', message: 'must be valid JSON' }]
    return err(problem(400, { detail: 'the body is not valid JSON', errors }))
  }
  const parsed = parse(json.value)
  return parsed.ok ? ok(parsed.value) : err(badFields(parsed.error))
}

const parseJson = async (
  c: Pick<Context, 'req'>,
): Promise<{ readonly value: unknown } | undefined> => {
  try {
    return { value: await c.req.json() }
  } catch {
    return undefined
  }
}
