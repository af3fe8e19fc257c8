import { steadyClock } from '../../lib/adapters/runtime/steady-clock.ts'
import { replyStoreByTableClock } from '../../lib/adapters/table-clock/reply-store.ts'
import { type TableClock, tableClock } from '../../lib/adapters/table-clock/table-clock.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { ChatApi, Clock } from '../../lib/ports.ts'
import type { WriterDeps } from '../../lib/reply/session.ts'

type Methods = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>

/** Every answer brings the table's time along, in whole seconds, as the `Date` of an HTTP answer does. */
export const dated = <Port extends object>(
  port: Port,
  clock: Pick<Clock, 'now'>,
  watch: () => TableClock['watch'],
): Port => {
  const methods = Object.entries(port as unknown as Methods).map(([name, method]) => [
    name,
    async (...args: never[]) => {
      const answered = watch()()
      try {
        return await method(...args)
      } finally {
        answered(new Date(clock.now()).toUTCString())
      }
    },
  ])
  return Object.fromEntries(methods)
}

/** Where a process's wall clock stands, in ms ahead of the true time; it may be set while the process runs. */
export interface Skew {
  aheadMs: number
}

/** A clock of a process's own over one virtual time. */
export const skewedClock = (clock: Clock, skew: Skew) =>
  steadyClock({
    wallMs: () => clock.now() + skew.aheadMs,
    countMs: clock.now,
    sleep: clock.sleep,
  })

/**
 * The service's own times, as a process asks for them that knows how far off its clock is. A MsgKey names its second itself;
 * a span of time is one by the own clock.
 */
const chatByOwnClock = (chatApi: ChatApi, skew: Skew): ChatApi => ({
  ...chatApi,
  readMessages(query, signal) {
    const { minTimeSeconds, maxTimeSeconds } = query
    if (minTimeSeconds === maxTimeSeconds) return chatApi.readMessages(query, signal)
    const span = {
      minTimeSeconds: minTimeSeconds - Math.ceil(skew.aheadMs / 1_000),
      maxTimeSeconds: maxTimeSeconds - Math.floor(skew.aheadMs / 1_000),
    }
    return chatApi.readMessages({ ...query, ...span }, signal)
  },
})

/** The same world as a process sees it whose clock is wrong. It has to find out about the table's clock by itself. */
export const skewedSandbox = (deps: WriterDeps, skew: Skew): WriterDeps => {
  const clock = skewedClock(deps.clock, skew)
  const store = dated(deps.store, deps.clock, () => table.watch)
  const table: TableClock = tableClock({
    clock,
    ask: () => store.read('no-such-reply' as ReplyId),
  })
  return {
    ...deps,
    clock,
    chatApi: chatByOwnClock(deps.chatApi, skew),
    store: replyStoreByTableClock(store, { table, clock }),
  }
}
