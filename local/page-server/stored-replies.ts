import type { AwsCall } from '../../lib/adapters/aws-json-client.ts'

/** A reply as it is stored, for people to read. */
export interface StoredReply {
  readonly replyId: string
  readonly createdAtMs: number
  readonly status: string
  /** The item's attributes, JSON strings among them read. */
  readonly item: Readonly<Record<string, unknown>>
}

type Attribute = Readonly<Record<string, unknown>>

const NEWEST = 12
const prefix = 'reply#'
/** Attributes that hold JSON (docs/stored-data.md). */
const holdsJson = /^(progress|failure|conversation|pieces|heldText|c\d+)$/

/** Reads the newest replies of the table, oldest first. Rejects when the table is out of reach. */
export const readStoredReplies = async (
  call: AwsCall,
  table: string,
  signal?: AbortSignal,
): Promise<readonly StoredReply[]> => {
  const scanned = await call('DynamoDB_20120810.Scan', { TableName: table }, signal)
  const { Items = [] } = scanned as { readonly Items?: readonly Record<string, Attribute>[] }
  return Items.map(readItem)
    .filter((item) => String(item['pk']).startsWith(prefix))
    .map((item) => ({
      replyId: String(item['pk']).slice(prefix.length),
      createdAtMs: Number(item['createdAtMs']),
      status: String(item['replyStatus']),
      item,
    }))
    .sort((a, b) => a.createdAtMs - b.createdAtMs)
    .slice(-NEWEST)
}

const readItem = (item: Readonly<Record<string, Attribute>>): Record<string, unknown> =>
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
