import type { AwsCall } from '../../lib/adapters/aws/aws-json-client.ts'

type Item = Readonly<Record<string, { readonly N?: string; readonly S?: string }>>

/** Whatever ends so is a time; 0 and 1 are marks. */
const aged = (name: string, value: number, byMs: number): number =>
  /(AtMs|UntilMs|sweepAt)$/.test(name) && value > 1 ? value - byMs : value

/** Moves every time that the table holds of a reply into the past. */
export const ageReply = async (
  call: AwsCall,
  table: string,
  replyId: string,
  byMs: number,
): Promise<void> => {
  const key = { TableName: table, Key: { pk: { S: `reply#${replyId}` } }, ConsistentRead: true }
  const { Item: item } = (await call('DynamoDB_20120810.GetItem', key)) as { readonly Item: Item }
  const entries = Object.entries(item).map(([name, value]) => {
    if (value.N !== undefined) return [name, { N: String(aged(name, Number(value.N), byMs)) }]
    if (name !== 'progress' || value.S === undefined) return [name, value]
    const progress = JSON.parse(value.S, (inner, held) =>
      typeof held === 'number' ? aged(inner, held, byMs) : held,
    )
    return [name, { S: JSON.stringify(progress) }]
  })
  await call('DynamoDB_20120810.PutItem', { TableName: table, Item: Object.fromEntries(entries) })
}
