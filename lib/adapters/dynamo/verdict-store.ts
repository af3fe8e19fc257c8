import { LOOK_EVERY_MS } from '../../core/reply/verdict.ts'
import type { VerdictStore } from '../../ports.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { flag, flagOf, number, numberOf } from './attribute.ts'
import { any, set } from './expression.ts'
import { keyPrefixes } from './key-prefixes.ts'
import { replyTable } from './table.ts'

/** `VerdictStore` in the table of the replies: one item for each application, described in docs/stored-data.md. */
export const dynamoVerdictStore = (options: {
  /** Of the service `dynamodb`. May make a call twice: a look that was granted to a lost first try is not made. */
  readonly call: AwsCall
  readonly table: string
  readonly sdkAppId: number
}): VerdictStore => {
  const table = replyTable(options.call, options.table)
  const pk = `${keyPrefixes.service}${options.sdkAppId}`

  return {
    async read() {
      const item = await table.glance(pk)
      const atMs = item && numberOf(item, 'seenAtMs')
      return item && atMs !== undefined ? { shown: flagOf(item, 'showsOpen'), atMs } : undefined
    },
    async mayLook(nowMs) {
      const isDue = any(
        { condition: 'attribute_not_exists(lookedAtMs)', values: {} },
        {
          condition: 'lookedAtMs <= :before',
          values: { ':before': number(nowMs - LOOK_EVERY_MS) },
        },
        // Left by a clock that is wrong.
        { condition: 'lookedAtMs > :ahead', values: { ':ahead': number(nowMs + LOOK_EVERY_MS) } },
      )
      const item = await table.update(pk, isDue, [set('lookedAtMs', number(nowMs))])
      return item !== undefined
    },
    async note({ shown, atMs }) {
      const isNewer = any(
        { condition: 'attribute_not_exists(seenAtMs)', values: {} },
        { condition: 'seenAtMs <= :atMs', values: { ':atMs': number(atMs) } },
      )
      await table.update(pk, isNewer, [
        set('showsOpen', flag(shown)),
        set('seenAtMs', number(atMs)),
        set('lookedAtMs', number(atMs)),
      ])
    },
  }
}
