import { describe, expect, it } from 'vitest'
import { dynamoTable } from '../../../local/cloud/dynamo-table.ts'
import { type PackagedTemplate, stackName } from './fixtures.ts'

/** The table, the queue with its dead letters, and the bucket of the packages. */
export const describeStorage = (read: () => PackagedTemplate) => {
  describe('the table', () => {
    it('is the one that the tests use, with expiry', () => {
      expect(read().propertiesOf('RepliesTable')).toMatchObject({
        ...dynamoTable,
        TableName: `${stackName}-replies`,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      })
    })

    it('is kept, protected, encrypted, and can be had back as it was', () => {
      const { template, propertiesOf } = read()

      expect(template.Resources['RepliesTable']).toMatchObject({
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      })
      expect(propertiesOf('RepliesTable')).toMatchObject({
        DeletionProtectionEnabled: true,
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: {
          PointInTimeRecoveryEnabled: true,
          RecoveryPeriodInDays: 7,
        },
      })
    })
  })

  describe('the queue', () => {
    it('keeps the order of each conversation, gives up after fifteen tries, and is encrypted', () => {
      expect(read().propertiesOf('RepliesQueue')).toEqual({
        QueueName: `${stackName}-replies.fifo`,
        FifoQueue: true,
        FifoThroughputLimit: 'perMessageGroupId',
        DeduplicationScope: 'messageGroup',
        VisibilityTimeout: 330,
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': ['FailedRepliesQueue', 'Arn'] },
          maxReceiveCount: 15,
        },
        SqsManagedSseEnabled: true,
      })
    })

    it('keeps what failed for two weeks', () => {
      expect(read().propertiesOf('FailedRepliesQueue')).toEqual({
        QueueName: `${stackName}-replies-failed.fifo`,
        FifoQueue: true,
        MessageRetentionPeriod: 14 * 24 * 3_600,
        SqsManagedSseEnabled: true,
      })
    })

    it('hides a message from other workers for longer than one may run', () => {
      const { propertiesOf } = read()

      expect(propertiesOf('RepliesQueue')['VisibilityTimeout']).toBeGreaterThan(
        Number(propertiesOf('WorkerLambdaFunction')['Timeout']),
      )
    })
  })

  describe('the bucket of the packages', () => {
    it('is encrypted and open to nobody', () => {
      expect(read().propertiesOf('ServerlessDeploymentBucket')).toMatchObject({
        PublicAccessBlockConfiguration: { BlockPublicPolicy: true, RestrictPublicBuckets: true },
        BucketEncryption: {},
      })
    })
  })
}
