/** The interfaces to the outside, each method with a sentence on atomicity and absence. */
export type * from './ports/between-invocations.ts'
export type * from './ports/chat.ts'
export type * from './ports/rate-limit.ts'
export type * from './ports/reply-store.ts'
export type * from './ports/runtime.ts'
export type * from './ports/source.ts'
export type * from './ports/typing.ts'
export type * from './ports/user-records.ts'
