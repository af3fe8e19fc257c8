import { fieldsOf } from '../../lib/core/json.ts'
import type { Finding } from '../doctor/finding.ts'
import { type AwsAccess, type Looked, look } from './aws-access.ts'
import type { Deployment } from './deployment.ts'

const about = { id: 'store', title: 'Table and queue' }
const CREATE = 'docs/scf.md, "The table", has the command that makes it.'

/** Looks for the table and, on AWS, the queue: what is there already, and whether it is what the functions expect. */
export const checkStore = (
  { cloud, names, env }: Deployment,
  { dynamodb, sqs }: AwsAccess,
): Promise<Finding> => {
  if (cloud === 'tencent') return checkOwnTable(dynamodb, env['REPLIES_TABLE'] || names.table)
  return checkStack(dynamodb, sqs, names)
}

/** The stack makes both; a table without its queue is what a stack leaves that was removed. */
const checkStack = async (
  dynamodb: AwsAccess['dynamodb'],
  sqs: AwsAccess['sqs'],
  { table, queue }: Deployment['names'],
): Promise<Finding> => {
  const [tableThere, queueThere] = await Promise.all([
    look(dynamodb('DynamoDB_20120810.DescribeTable', { TableName: table })),
    look(sqs('AmazonSQS.GetQueueUrl', { QueueName: queue })),
  ])
  const unknown = [tableThere, queueThere].find((one) => !one.ok && one.error.why !== 'absent')
  if (unknown !== undefined && !unknown.ok) return unanswered(unknown.error)
  if (!tableThere.ok) {
    const heard = queueThere.ok
      ? `There is the queue ${queue} without its table.`
      : `${table} and ${queue} will be made.`
    if (!queueThere.ok) return { ...about, verdict: 'right', heard }
    const mend = `Name another stage, or delete the queue: aws sqs delete-queue --queue-url $(aws sqs get-queue-url --queue-name ${queue} --query QueueUrl --output text)`
    return { ...about, verdict: 'wrong', heard, mend }
  }
  if (!queueThere.ok) {
    const heard = `The table ${table} is there and the queue is not: a stack was removed, and left its table. Its name is taken.`
    const mend = `Delete the table (aws dynamodb delete-table --table-name ${table}) or name another stage: docs/operate.md, "Updating, rolling back, removing".`
    return { ...about, verdict: 'wrong', heard, mend }
  }
  return judgeTable(table, tableThere, `Delete it, or name another stage: ${CREATE}`)
}

const checkOwnTable = async (dynamodb: AwsAccess['dynamodb'], table: string): Promise<Finding> => {
  const there = await look(dynamodb('DynamoDB_20120810.DescribeTable', { TableName: table }))
  if (there.ok) return judgeTable(table, there, CREATE)
  if (there.error.why !== 'absent') return unanswered(there.error)
  return {
    ...about,
    verdict: 'wrong',
    heard: `There is no table ${table} in this region.`,
    mend: `Make it, or set REPLIES_TABLE and AWS_REGION to where it is. ${CREATE}`,
  }
}

const judgeTable = (
  table: string,
  there: Extract<Looked, { readonly ok: true }>,
  mend: string,
): Finding => {
  const { Table: found } = fieldsOf(there.value)
  const { KeySchema: keys, GlobalSecondaryIndexes: indexes } = fieldsOf(found)
  const isKeyed = listOf(keys).length === 1 && hasOne(keys, 'AttributeName', 'pk')
  if (isKeyed && hasOne(indexes, 'IndexName', 'orphans')) {
    return { ...about, verdict: 'right', heard: `The table ${table} is there, with its index.` }
  }
  const heard = `The table ${table} is another one: its key must be pk alone, and it needs the index orphans.`
  return { ...about, verdict: 'wrong', heard, mend }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const hasOne = (list: unknown, field: string, value: string): boolean =>
  listOf(list).some((one) => fieldsOf(one)[field] === value)

const unanswered = ({ why, said }: { readonly why: string; readonly said: string }): Finding =>
  why === 'forbidden'
    ? { ...about, verdict: 'unknown', heard: `Who deploys may not look: ${said}.` }
    : {
        ...about,
        verdict: 'wrong',
        heard: `AWS did not answer as it should: ${said}.`,
        mend: 'Look at AWS_REGION (or --region), at the credentials, and at the network of this machine.',
      }
