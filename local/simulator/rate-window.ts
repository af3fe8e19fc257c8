/** Lets at most `limit` calls through in any span of a second, wherever it begins; a call turned away does not count. */
export const rateWindow = (limit: number): ((nowMs: number) => boolean) => {
  const admittedAtMs: number[] = []
  let next = 0

  return (nowMs) => {
    const longAgo = admittedAtMs[next]
    if (longAgo !== undefined && nowMs - longAgo < 1000) return false
    admittedAtMs[next] = nowMs
    next = (next + 1) % limit
    return true
  }
}
