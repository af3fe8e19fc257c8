import type { LocalCloud } from '../cloud/cloud.ts'
import { CALLBACK_PATH } from '../page-server/webhook-caller.ts'

/** One line of what is ready. */
export interface StackPart {
  readonly name: string
  /** An address on this machine; for the real service its data centre. */
  readonly where: string
  readonly remark: string
}

export interface StackPartsOptions {
  /** Of the page and the HTTP API. */
  readonly url: string
  readonly cloud: LocalCloud
  /** The chat that the functions talk to. */
  readonly chat: Omit<StackPart, 'name'>
  readonly simulated: boolean
  readonly modelUrl: string
  /** What authorizes callers of the replies API. */
  readonly authorization: string
}

const TUNNEL = "lead the application's callbacks here, through a tunnel"

/** Everything that runs, the page last: it is what people look for. */
export const stackParts = (options: StackPartsOptions): readonly StackPart[] => {
  const { url, cloud, chat, simulated, modelUrl, authorization } = options
  const { tables, sqs, secrets } = cloud
  return [
    { name: 'chat', ...chat },
    { name: 'model', where: modelUrl, remark: 'plays recorded answers' },
    { name: 'table', where: tables.endpoint, remark: `DynamoDB (${tables.engine})` },
    { name: 'queue', where: sqs.endpoint, remark: 'SQS' },
    { name: 'secrets', where: secrets.endpoint, remark: 'Secrets Manager and SSM' },
    { name: 'replies', where: `${url}/replies`, remark: authorization },
    {
      name: 'webhook',
      where: `${url}${CALLBACK_PATH}`,
      remark: simulated ? "takes Tencent's callbacks" : TUNNEL,
    },
    {
      name: 'page',
      where: url,
      remark: simulated ? 'a chat with the bot' : 'each reply, as it is stored',
    },
  ]
}
