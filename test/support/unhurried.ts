/** A signal that never aborts. */
export const never = new AbortController().signal

/** The signals of an invocation whose end is far away. */
export const unhurried = { startBy: never, handOver: never, deadline: never }
