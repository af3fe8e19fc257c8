/** Milliseconds from now that a `Retry-After` asks for (RFC 9110, 10.2.3): a number of seconds or a date. `undefined` for anything else. */
export const readRetryAfter = (value: string | undefined, nowMs: number): number | undefined => {
  if (value === undefined) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0)
}
