/** What a lone reply takes, as `npm run bench` measures it with `english-60` at 80 ms (docs/benchmarks.md). */
export const measured = {
  /** From its first token to its last, and until the end is recorded. */
  textSeconds: 6.65,
  seconds: 6.78,
  tokens: 347,
  calls: 34,
  each: { writeUnits: 40, budgetUnits: 8, readUnits: 0 },
} as const

/** What nobody has measured. */
export const assumed = {
  webhookSeconds: 0.02,
  /** Send, receive, hide, remove, and Lambda's own delete. */
  queueRequests: 5,
  /** Those that turns of one batch do not share. */
  ownQueueRequests: 2,
  logBytes: 2_200,
  /** Of a call or a write, with its signature and TLS. */
  requestBytes: 1_500,
  sweepSeconds: 0.05,
  /** The question with what went before it. */
  tokensIn: 1_000,
} as const
