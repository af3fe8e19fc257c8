import type { AwsCall } from '../../lib/adapters/aws/aws-json-client.ts'

/** A reply as it is stored, for people to read. */
export interface StoredReply {
  readonly replyId: string
  readonly createdAtMs: number
  readonly status: string
  /** The item's attributes, JSON strings among them read. */
  readonly item: Readonly<Record<string, unknown>>
}

type Attribute = Readonly<Record<string, unknown>>
type Item = Readonly<Record<string, Attribute>>

interface Scanned {
  readonly Items?: readonly Item[]
  readonly LastEvaluatedKey?: object
}

const NEWEST = 12
const prefix = 'reply#'
const scan = {
  FilterExpression: 'begins_with(pk, :prefix)',
  ExpressionAttributeValues: { ':prefix': { S: prefix } },
}
/** Attributes that hold JSON (docs/stored-data.md). */
const holdsJson = /^(progress|failure|conversation|pieces|heldText|c\d+)$/

/** Reads the newest replies of the table, oldest first. Rejects when the table is out of reach. */
export const readStoredReplies = async (
  call: AwsCall,
  table: string,
  signal?: AbortSignal,
): Promise<readonly StoredReply[]> => {
  const items: Item[] = []
  let start: object | undefined
  do {
    const page = { ...scan, TableName: table, ...(start && { ExclusiveStartKey: start }) }
    const scanned = (await call('DynamoDB_20120810.Scan', page, signal)) as Scanned
    items.push(...(scanned.Items ?? []))
    start = scanned.LastEvaluatedKey
  } while (start !== undefined)
  return items
    .map(readItem)
    .map((item) => ({
      replyId: String(item['pk']).slice(prefix.length),
      createdAtMs: Number(item['createdAtMs']),
      status: String(item['replyStatus']),
      item,
    }))
    .sort((a, b) => a.createdAtMs - b.createdAtMs)
    .slice(-NEWEST)
}

const readItem = (item: Item): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(item)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, attribute]) => [name, readAttribute(name, attribute)]),
  )

const readAttribute = (name: string, { S, N, BOOL }: Attribute): unknown => {
  if (N !== undefined) return Number(N)
  if (typeof S !== 'string') return BOOL
  return holdsJson.test(name) ? JSON.parse(S) : S
}
