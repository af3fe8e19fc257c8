import { CALLBACK_PATH } from '../page-server/webhook-caller.ts'
import type { LocalCloud } from './local-cloud.ts'

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
  readonly modelUrl: string
  /** What authorizes callers of the replies API. */
  readonly authorization: string
}

/** Everything that runs, the page last: it is what people look for. */
export const stackParts = (options: StackPartsOptions): readonly StackPart[] => {
  const { url, cloud, chat, modelUrl, authorization } = options
  const { tables, sqs, secrets } = cloud
  return [
    { name: 'chat', ...chat },
    { name: 'model', where: modelUrl, remark: 'plays recorded answers' },
    { name: 'table', where: tables.endpoint, remark: `DynamoDB (${tables.engine})` },
    { name: 'queue', where: sqs.endpoint, remark: 'SQS' },
    { name: 'secrets', where: secrets.endpoint, remark: 'Secrets Manager and SSM' },
    { name: 'replies', where: `${url}/replies`, remark: authorization },
    { name: 'webhook', where: `${url}${CALLBACK_PATH}`, remark: "takes Tencent's callbacks" },
    { name: 'page', where: url, remark: 'a chat with the bot' },
  ]
}
