import type { InboxTaken, LeaseState } from '../core/reply/record.ts'
import { hasEnded, type Progress, type ReplyId } from '../core/reply/reply.ts'
import type { Wake } from '../core/wake.ts'
import type { Clock, Log, ReplyStore } from '../ports.ts'

/** A call may take this long, so a writer needs as much of its lease left when it starts one, in ms. */
const CALL_ROOM_MS = 6_000
/** A call starts only if the lease covers this much more, in ms: time passes between the check and the first byte. */
const START_SLACK_MS = 500
/** The lease is checked at most this often, in ms. */
const LEAST_POLL_MS = 500
/** The part of a lease at which it is renewed; later where no other write comes along that could carry it. */
const RENEW_BELOW = { each: 0.66, sparse: 0.5 }
/** While nothing is written, the record is read this often, so that a stop is noticed soon. */
const LOOK_EVERY_MS = 1_500

/** What is recorded: how far the reply is, and which pushed chunks that covers. */
export interface Checkpoint {
  readonly progress: Progress
  readonly taken?: InboxTaken
  /** True once the text has moved on since the sweeper took the reply over. */
  readonly movedOn?: boolean
}

/**
 * The right to write one reply, and the record of what was written. Progress is recorded off the critical path, at most one
 * write in flight; a newer checkpoint replaces one that still waits.
 */
export interface ReplyLease {
  readonly epoch: number
  /** Until when the lease is known to run, in ms since the epoch. */
  untilMs(): number
  /** True while the lease covers a call whose first byte goes out now; asked directly before it does. */
  coversCall(): boolean
  /** True while it covers a call that is about to be prepared. */
  coversStart(): boolean
  /** Tries to renew the lease and waits for the outcome. Never throws. */
  renew(): Promise<void>
  /** Sets what the next write records. */
  goOnFrom(checkpoint: Checkpoint): void
  /** Records soon; never waits, never throws. */
  note(checkpoint: Checkpoint): void
  /** Records, and waits for it. Never throws: a checkpoint that could not be recorded is tried again with the next one. */
  save(checkpoint: Checkpoint): Promise<void>
  /** True while something is noted that is not known to be recorded. */
  isBehind(): boolean
  /** Waits until it is recorded, or an attempt to record it has failed. */
  caughtUp(): Promise<void>
  /** Waits for the write in flight. */
  settled(): Promise<void>
  /** Renews the lease when due and checks for a stop; called while the writer waits. */
  renewAndPoll(): void
  /** How long until `renewAndPoll` has something to do, in ms. */
  pollInMs(): number
  /** True once another writer has taken over or the reply has ended. */
  lost(): boolean
  cancelRequested(): boolean
  /** What the newest write or look showed of the record; `undefined` before the first one. */
  state(): LeaseState | undefined
  /** Somebody has asked the reply to stop: its writer knows that before the record shows it. */
  noteStop(): void
}

export interface LeaseOptions {
  readonly replyId: ReplyId
  readonly epoch: number
  readonly leaseUntilMs: number
  readonly leaseMs: number
  readonly first: Checkpoint
  readonly cancelRequested: boolean
  /** True while progress is recorded only where it must be: what else the writer needs of the record it then gets for less. */
  readonly isSparse?: () => boolean
  /** Rings after each write or look. */
  readonly wake: Wake
}

/** How much of its lease a writer needs to start a call, in ms; less where leases are short. */
export const callRoomMs = (leaseMs: number): number => Math.min(CALL_ROOM_MS, leaseMs * 0.4)

export const holdLease = (
  { store, clock, log }: { readonly store: ReplyStore; readonly clock: Clock; readonly log: Log },
  { replyId, epoch, leaseMs, wake, isSparse = () => false, ...start }: LeaseOptions,
): ReplyLease => {
  const roomMs = callRoomMs(leaseMs)
  const startRoomMs = roomMs + Math.min(START_SLACK_MS, leaseMs * 0.05)
  let leaseUntilMs = start.leaseUntilMs
  let latest = start.first
  let dirty = false
  let lost = false
  let cancelRequested = start.cancelRequested
  let writing: Promise<void> | undefined
  /** True while the write in flight carries what was noted, and not only the lease. */
  let carriesNews = false
  let seenAtMs = clock.now()
  let looking = false
  let latestState: LeaseState | undefined

  const leftMs = () => leaseUntilMs - clock.now()
  const renewBelowMs = () => leaseMs * RENEW_BELOW[isSparse() ? 'sparse' : 'each']

  const covers = (ms: number) => !lost && leftMs() >= ms
  const learn = (leaseState: LeaseState) => {
    if (leaseState.held) cancelRequested ||= leaseState.cancelRequested
    else lost = true
    seenAtMs = clock.now()
    latestState = leaseState
    wake.ring()
  }

  const write = async () => {
    const checkpoint = latest
    carriesNews = dirty
    dirty = false
    const renewed = leftMs() < renewBelowMs() ? clock.now() + leaseMs : undefined
    try {
      const leaseState = await store.record(replyId, epoch, {
        ...checkpoint,
        ...(renewed === undefined ? {} : { leaseUntilMs: renewed }),
      })
      if (leaseState.held) leaseUntilMs = renewed ?? leaseUntilMs
      learn(leaseState)
    } catch (error) {
      dirty = true
      log.warn('progress-not-recorded', { replyId, epoch, error: String(error) })
    }
  }
  const startWrite = (): Promise<void> => {
    writing ??= write().finally(() => {
      writing = undefined
    })
    return writing
  }
  const writeSoon = async () => {
    await startWrite()
    if (dirty && !lost) await startWrite()
  }

  /** A read costs a fraction of a write, and delays no call. */
  const look = async () => {
    looking = true
    seenAtMs = clock.now()
    const asked = isSparse() ? store.glance(replyId) : store.read(replyId)
    const record = await asked.catch(() => undefined)
    looking = false
    // A glance may show the record as it was before it was taken over.
    if (record === undefined || record.epoch < epoch) return
    const held = record.epoch === epoch && !hasEnded(record.status)
    const { cancelRequested: isAsked, inbox } = record
    learn(held ? { held, cancelRequested: isAsked, inbox } : { held })
  }

  return {
    epoch,
    untilMs: () => leaseUntilMs,
    coversCall: () => covers(roomMs),
    coversStart: () => covers(startRoomMs),
    renew: startWrite,
    goOnFrom(checkpoint) {
      latest = checkpoint
    },
    note(checkpoint) {
      latest = checkpoint
      dirty = true
      if (writing === undefined) void writeSoon()
    },
    async save(checkpoint) {
      latest = checkpoint
      dirty = true
      if (writing !== undefined) await writing
      if (dirty) await startWrite()
    },
    isBehind: () => dirty || (writing !== undefined && carriesNews),
    async caughtUp() {
      await writing
      if (dirty && !lost) await startWrite()
    },
    async settled() {
      await writing
    },
    renewAndPoll() {
      if (writing !== undefined || looking || lost) return
      if (leftMs() < renewBelowMs()) void startWrite()
      else if (clock.now() - seenAtMs >= LOOK_EVERY_MS && !cancelRequested) void look()
    },
    pollInMs: () => {
      const lookInMs = seenAtMs + LOOK_EVERY_MS - clock.now()
      return Math.max(Math.min(leftMs() - renewBelowMs(), lookInMs), LEAST_POLL_MS)
    },
    lost: () => lost,
    cancelRequested: () => cancelRequested,
    state: () => latestState,
    noteStop() {
      cancelRequested = true
    },
  }
}
