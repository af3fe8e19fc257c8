import { steadyClock } from '../../lib/adapters/runtime/steady-clock.ts'
import { replyStoreByTableClock } from '../../lib/adapters/table-clock/reply-store.ts'
import { type TableClock, tableClock } from '../../lib/adapters/table-clock/table-clock.ts'
import { tencentChatApi } from '../../lib/adapters/tencent/tencent-chat-api.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { Clock } from '../../lib/ports.ts'
import type { WriterDeps } from '../../lib/reply/writer-deps.ts'
import { simulatedTransport } from '../../local/simulator/transport.ts'
import type { deliveryWorld } from './delivery-world.ts'
import { eachMethod } from './each-method.ts'

/** Every answer brings the table's time along, in whole seconds, as the `Date` of an HTTP answer does. */
export const dated = <Port extends object>(
  port: Port,
  clock: Pick<Clock, 'now'>,
  watch: () => TableClock['watch'],
): Port =>
  eachMethod(port, (_, method) => async (...args) => {
    const answered = watch()()
    try {
      return await method(...args)
    } finally {
      answered(new Date(clock.now()).toUTCString())
    }
  })

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

/** The same world as a process sees it whose clock is wrong. It has to find out about the table's clock by itself. */
export const skewedSandbox = (
  { deps, service }: Pick<ReturnType<typeof deliveryWorld>, 'deps' | 'service'>,
  skew: Skew,
): WriterDeps => {
  const clock = skewedClock(deps.clock, skew)
  const store = dated(deps.store, deps.clock, () => table.watch)
  const table: TableClock = tableClock({
    clock,
    ask: () => store.read('no-such-reply' as ReplyId),
  })
  return {
    ...deps,
    clock,
    chatApi: tencentChatApi(simulatedTransport(service), { forgetSignature: () => {}, clock }),
    store: replyStoreByTableClock(store, { table, clock }),
  }
}
