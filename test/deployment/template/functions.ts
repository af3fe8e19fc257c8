import { describe, expect, it } from 'vitest'
import { functionNames, functions, type PackagedTemplate, stackName } from './fixtures.ts'

/** What is deployed, what runs it, and the gateway in front of it; `chosen` is a deployment with `FUNCTION_URL=1`. */
export const describeFunctions = (read: () => PackagedTemplate, chosen: () => PackagedTemplate) => {
  describe('the functions', () => {
    it('are those of the contract, each with its time', () => {
      const found = Object.values(read().ofType('AWS::Lambda::Function'))

      expect(
        found.map(({ FunctionName, Handler, Timeout }) => [FunctionName, Handler, Timeout]),
      ).toMatchInlineSnapshot(`
        [
          [
            "tencent-chat-stream-prod-replies",
            "handlers/replies.handler",
            29,
          ],
          [
            "tencent-chat-stream-prod-webhook",
            "handlers/webhook.handler",
            10,
          ],
          [
            "tencent-chat-stream-prod-worker",
            "handlers/worker.handler",
            300,
          ],
          [
            "tencent-chat-stream-prod-sweeper",
            "handlers/sweeper.handler",
            60,
          ],
        ]
      `)
    })

    it('run on one Node and one kind of processor, with memory for what they do', () => {
      const found = Object.values(read().ofType('AWS::Lambda::Function'))

      expect(found.map(({ MemorySize }) => MemorySize)).toEqual([256, 512, 512, 256])
      for (const properties of found) {
        expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] })
        expect(properties).not.toHaveProperty('ReservedConcurrentExecutions')
      }
    })

    it('are reached by the routes of the contract', () => {
      const { ofType } = read()
      const routes = Object.values(ofType('AWS::ApiGatewayV2::Route'))

      expect(routes.map(({ RouteKey, Target }) => `${RouteKey} → ${Target}`)).toEqual([
        `ANY /replies → integrations/${stackName}-httpapiintegrationreplies`,
        `ANY /replies/{proxy+} → integrations/${stackName}-httpapiintegrationreplies`,
        `ANY /conversations → integrations/${stackName}-httpapiintegrationreplies`,
        `ANY /conversations/{proxy+} → integrations/${stackName}-httpapiintegrationreplies`,
        `POST /webhooks/chat → integrations/${stackName}-httpapiintegrationwebhook`,
      ])
    })

    it('have no URL past the gateway and its throttling, unless FUNCTION_URL=1 asks for one', () => {
      const open = Object.values(read().ofType('AWS::Lambda::Permission')).filter(
        ({ Principal }) => Principal === '*',
      )

      expect(read().ofType('AWS::Lambda::Url')).toEqual({})
      expect(open).toEqual([])
      expect(read().template.Outputs).not.toHaveProperty('RepliesLambdaFunctionUrl')
      expect(Object.keys(chosen().ofType('AWS::Lambda::Url'))).toEqual(['RepliesLambdaFunctionUrl'])
      // Open to everybody: the function itself asks for the token or the signature.
      expect(chosen().propertiesOf('RepliesLambdaFunctionUrl')).toMatchObject({ AuthType: 'NONE' })
      expect(chosen().template.Outputs).toHaveProperty('RepliesLambdaFunctionUrl')
    })

    it('are run by the queue, which hears what must come again', () => {
      expect(read().propertiesOf('WorkerEventSourceMappingSQSRepliesQueue')).toMatchObject({
        EventSourceArn: { 'Fn::GetAtt': ['RepliesQueue', 'Arn'] },
        FunctionName: { 'Fn::GetAtt': ['WorkerLambdaFunction', 'Arn'] },
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 200 },
      })
    })

    it('are run by the clock, every minute and never twice for one', () => {
      const { propertiesOf } = read()

      expect(propertiesOf('SweeperEventsRuleSchedule1')).toMatchObject({
        ScheduleExpression: 'rate(1 minute)',
        State: 'ENABLED',
        Targets: [{ Arn: { 'Fn::GetAtt': ['SweeperLambdaFunction', 'Arn'] } }],
      })
      expect(propertiesOf('SweeperLambdaEvConf')).toMatchObject({
        MaximumEventAgeInSeconds: 60,
        MaximumRetryAttempts: 0,
      })
    })

    it('have logs that are kept for a time, as the HTTP API has', () => {
      const groups = Object.values(read().ofType('AWS::Logs::LogGroup'))

      expect(groups.map(({ LogGroupName }) => LogGroupName)).toEqual([
        ...functionNames.map((name) => `/aws/lambda/${stackName}-${name}`),
        `/aws/http-api/${stackName}`,
      ])
      expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual([90, 90, 90, 90, 90])
    })

    it('depend on their logs and roles, which must be there first', () => {
      for (const name of Object.values(functions)) {
        const { DependsOn } = read().template.Resources[`${name}LambdaFunction`] ?? {}
        expect(DependsOn).toEqual([`${name}LogGroup`, `${name}Role`])
      }
    })
  })

  describe('the HTTP API', () => {
    const stage = () => read().propertiesOf('HttpApiStage')

    it('throttles callbacks apart from replies', () => {
      expect(stage()).toMatchObject({
        DefaultRouteSettings: { ThrottlingRateLimit: 2000, ThrottlingBurstLimit: 2000 },
        RouteSettings: {
          'POST /webhooks/chat': { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
        },
      })
      expect(read().template.Resources['HttpApiStage']?.DependsOn).toContain(
        'HttpApiRoutePostWebhooksChat',
      )
    })

    it('writes a line of JSON for each request, without the query and its signature', () => {
      const { Format } = stage()['AccessLogSettings'] as { readonly Format: string }
      const filled = Format.replace(/\$context\.[a-zA-Z.]+/g, '7')

      expect(Object.keys(JSON.parse(filled))).toContain('latencyMs')
      expect(JSON.parse(filled)).toMatchObject({
        service: stackName,
        status: 7,
        latencyMs: 7,
      })
      expect([...Format.matchAll(/\$context\.([a-zA-Z.]+)/g)].map(([, name]) => name)).toEqual([
        'requestTime',
        'requestId',
        'routeKey',
        'path',
        'status',
        'responseLatency',
        'integrationLatency',
        'responseLength',
        'identity.sourceIp',
        'integrationErrorMessage',
      ])
    })
  })
}
