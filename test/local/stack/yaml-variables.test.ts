import { describe, expect, it } from 'vitest'
import { resolveVariables } from '../../../local/stack/yaml-variables.ts'

const sources = { env: { NAME: 'named', EMPTY: '' }, opt: { stage: 'prod' } }
const resolve = (document: object) => resolveVariables(document, sources)

describe('the variables of serverless.yml', () => {
  it('come from the file itself, the environment, the command line and the stage', () => {
    const resolved = resolve({
      service: 'chat',
      custom: {
        table: '${self:service}-${sls:stage}-replies',
        region: "${opt:region, env:REGION, 'eu'}",
      },
      env: '${env:NAME}',
      copy: '${self:custom.table}',
    })

    expect(resolved).toMatchObject({
      custom: { table: 'chat-prod-replies', region: 'eu' },
      env: 'named',
      copy: 'chat-prod-replies',
    })
  })

  it('may stand inside each other, and for a whole map', () => {
    const resolved = resolve({
      service: 'chat',
      custom: {
        stages: { dev: { logDays: 14 }, prod: { logDays: 90 } },
        stage: '${self:custom.stages.${sls:stage}, self:custom.stages.dev}',
        secrets: "${env:SECRETS, '${self:service}/${sls:stage}'}",
      },
      days: '${self:custom.stage.logDays}',
    })

    expect(resolved).toMatchObject({ days: 90, custom: { secrets: 'chat/prod' } })
  })

  it('that are set to nothing count as set', () => {
    expect(resolve({ value: "${env:EMPTY, 'other'}" })).toEqual({ value: '' })
  })

  it('of CloudFormation are left to CloudFormation', () => {
    const arn = 'arn:${AWS::Partition}:x:${Table.Arn}'

    expect(resolve({ arn })).toEqual({ arn })
  })

  it('without a value are named', () => {
    expect(() => resolve({ value: 'a ${env:MISSING} b' })).toThrow('${env:MISSING} has no value')
  })
})
