/** What a lone reply takes, as `npm run bench` measures it with `english-60` at 80 ms (docs/benchmarks.md). */
export const measured = {
  /** From its first token to its last, and until the end is recorded. */
  textSeconds: 6.65,
  seconds: 6.78,
  tokens: 347,
  calls: 34,
  /** Write units with progress recorded after each call: those of any reply, and those of a lease renewal. */
  each: { fixedUnits: 5, unitsACall: 1, renewalUnits: 2, renewedEverySeconds: 5.1 },
  /** Only where it must be, since open messages are known to be shown. */
  sparse: { fixedUnits: 7, unitsACall: 0, renewalUnits: 3, renewedEverySeconds: 7.5 },
  /** How long a process that is alone on the budget of calls goes on with one write to it. */
  budgetSeconds: 7,
  /** How often the record is looked at where nothing is written, and what that takes. */
  lookSeconds: 1.5,
  lookUnits: 0.5,
} as const

export type Checkpoints = 'each' | 'sparse'

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
