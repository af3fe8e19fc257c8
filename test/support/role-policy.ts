import { readServiceFile, type ServiceFile } from '../../local/stack/service-file.ts'
import { type FunctionName, functions } from '../deployment/template/fixtures.ts'
import type { RecordedRequest } from './recording-proxy.ts'

/** A statement of a role of serverless.yml, as far as it is about the table. */
export interface Statement {
  readonly Effect: string
  readonly Action: readonly string[]
  /** As serverless.yml says it. */
  readonly Resource: unknown
  readonly Condition?: Readonly<Record<string, unknown>>
}

interface Role {
  readonly Policies: readonly {
    readonly PolicyDocument: { readonly Statement: readonly Statement[] }
  }[]
}

const table = JSON.stringify({ 'Fn::GetAtt': ['RepliesTable', 'Arn'] })
const index = (name: string) => JSON.stringify({ 'Fn::Sub': `\${RepliesTable.Arn}/index/${name}` })

let service: ServiceFile | undefined
/** serverless.yml as it is deployed for prod. */
export const deployedService = (): ServiceFile => {
  const env = { CHAT_SDK_APP_ID: '1400000000', AWS_REGION: 'eu-central-1' }
  service ??= readServiceFile('serverless.yml', { env, opt: { stage: 'prod' } })
  return service
}

/** What serverless.yml lets a function do. */
export const statementsOf = (name: FunctionName): readonly Statement[] => {
  const role = deployedService().resources.Resources[`${functions[name]}Role`]?.Properties as
    | Role
    | undefined
  return role?.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement) ?? []
}

const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = path.reduce<unknown>((at, name) => Reflect.get(Object(at), name), value)
  return typeof found === 'string' ? found : undefined
}

/** The partition keys that a request touches, as `dynamodb:LeadingKeys` has them: of an index those of the index. */
export const leadingKeyOf = ({ operation, body }: RecordedRequest): string => {
  const [, value = ''] = /^\w+ = (:\w+)/.exec(String(body['KeyConditionExpression'])) ?? []
  const key =
    textAt(body, 'Key', 'pk', 'S') ??
    textAt(body, 'Item', 'pk', 'S') ??
    textAt(body, 'ExpressionAttributeValues', value, 'S')
  if (key === undefined) throw new Error(`Nobody knows yet which keys ${operation} touches.`)
  return key
}

const likeness = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 's')

const operators: Readonly<Record<string, (pattern: string, key: string) => boolean>> = {
  'ForAllValues:StringLike': (pattern, key) => likeness(pattern).test(key),
  'ForAllValues:StringEquals': (pattern, key) => pattern === key,
}

const holds = (condition: Statement['Condition'] = {}, key: string): boolean =>
  Object.entries(condition).every(([operator, operands]) => {
    const fits = operators[operator]
    const patterns: unknown = Reflect.get(Object(operands), 'dynamodb:LeadingKeys')
    if (
      fits === undefined ||
      !Array.isArray(patterns) ||
      Object.keys(Object(operands)).length > 1
    ) {
      throw new Error(`Nobody knows yet what ${operator} means here.`)
    }
    return patterns.some((pattern) => fits(String(pattern), key))
  })

/** Whether IAM would let a request through. */
export const allows = (statements: readonly Statement[], request: RecordedRequest): boolean => {
  const name = request.body['IndexName']
  const resource = name === undefined ? table : index(String(name))
  return statements.some(
    ({ Effect, Action = [], Resource, Condition }) =>
      Effect === 'Allow' &&
      Action.includes(`dynamodb:${request.operation}`) &&
      JSON.stringify(Resource) === resource &&
      holds(Condition, leadingKeyOf(request)),
  )
}

/** The access key under which a function's requests are told from those of the others. */
export const accessKeyOf = (name: FunctionName): string => `AKID${name.toUpperCase()}`

const names = Object.keys(functions) as readonly FunctionName[]

/** The requests that the role of the function which made them does not allow, as `replies GetItem history#…`. */
export const refusedByRoles = (requests: readonly RecordedRequest[]): readonly string[] =>
  names.flatMap((name) => {
    const statements = statementsOf(name)
    return requests
      .filter(({ accessKeyId }) => accessKeyId === accessKeyOf(name))
      .filter((request) => !allows(statements, request))
      .map((request) => `${name} ${request.operation} ${leadingKeyOf(request)}`)
  })
