import { type Fields, isObject } from '../../lib/core/json.ts'

/** A resource of a CloudFormation template. */
export interface CloudResource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly Condition?: string
  readonly DependsOn?: string | readonly string[]
  readonly DeletionPolicy?: string
}

/** A CloudFormation template, as far as the tests look into it. */
export interface CloudTemplate {
  readonly Conditions?: Readonly<Record<string, unknown>>
  readonly Resources: Readonly<Record<string, CloudResource>>
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>
}

/** What CloudFormation fills in for `AWS::…`. */
export interface CloudPlace {
  readonly region: string
  readonly accountId: string
  readonly stackName: string
}

/** Reads a template; what it lacks of the shape shows in the tests. */
export const parseTemplate = (text: string): CloudTemplate => JSON.parse(text) as CloudTemplate

const subNames = (text: unknown): readonly string[] =>
  [...String(text).matchAll(/\$\{([^!}]+)\}/g)].map(([, name = '']) => name)

/** The names that one object refers to, if it is one of CloudFormation's functions. */
const namesIn = (value: Fields): readonly unknown[] => {
  const getAtt = value['Fn::GetAtt']
  return [
    ...('Ref' in value ? [value['Ref']] : []),
    ...(Array.isArray(getAtt) ? [getAtt[0]] : []),
    ...('Fn::Sub' in value ? subNames(value['Fn::Sub']) : []),
  ]
}

const referencesIn = (value: unknown): readonly string[] =>
  isObject(value)
    ? [...namesIn(value), ...Object.values(value).flatMap(referencesIn)].map(
        (name) => String(name).split('.')[0] ?? '',
      )
    : []

const list = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : ([value].flat() as readonly T[])

/** Names that the template refers to, and does not have: CloudFormation refuses it for each of them. */
export const danglingReferences = (template: CloudTemplate): readonly string[] => {
  const { Resources, Outputs = {}, Conditions = {} } = template
  const referred = [
    ...referencesIn(Resources),
    ...referencesIn(Outputs),
    ...Object.values(Resources).flatMap(({ DependsOn }) => list(DependsOn)),
  ].filter((name) => !name.startsWith('AWS::') && !Object.hasOwn(Resources, name))
  const conditions = Object.values(Resources)
    .flatMap(({ Condition }) => list(Condition))
    .filter((name) => !Object.hasOwn(Conditions, name))
  return [...new Set([...referred, ...conditions])]
}

/** The name that a resource was given, or else would be given. */
const nameOf = (template: CloudTemplate, id: string, { stackName }: CloudPlace): string => {
  const { Properties = {} } = template.Resources[id] ?? {}
  const { FunctionName, TableName, QueueName, LogGroupName } = Properties
  // Some resources name the function that they belong to in a property of the same name.
  const own = [FunctionName, TableName, QueueName, LogGroupName].find(
    (name) => typeof name === 'string',
  )
  return typeof own === 'string' ? own : `${stackName}-${id}`.toLowerCase()
}

/** Fills in what a template leaves to CloudFormation. Names that AWS would make up are made up from the stack's. */
export const templateResolver = (template: CloudTemplate, place: CloudPlace) => {
  const { region, accountId, stackName } = place
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::Region': region,
    'AWS::AccountId': accountId,
    'AWS::StackName': stackName,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
  }

  const ref = (id: string): string => {
    const name = nameOf(template, id, place)
    const isQueue = template.Resources[id]?.Type === 'AWS::SQS::Queue'
    return (
      pseudo[id] ?? (isQueue ? `https://sqs.${region}.amazonaws.com/${accountId}/${name}` : name)
    )
  }
  const attribute = (path: string): string => {
    const [id = '', name] = path.split('.')
    if (name === undefined) return ref(id)
    const own = nameOf(template, id, place)
    if (name.endsWith('Name')) return own
    const service = template.Resources[id]?.Type.split('::')[1]?.toLowerCase()
    return name === 'Arn' ? `arn:aws:${service}:${region}:${accountId}:${own}` : `${own}.${name}`
  }

  const functions: Readonly<Record<string, (input: unknown) => unknown>> = {
    Ref: (id) => ref(String(id)),
    Condition: (name) => resolve(template.Conditions?.[String(name)]),
    'Fn::GetAtt': (path) => attribute(list(path).join('.')),
    'Fn::Sub': (text) => String(text).replace(/\$\{([^!}]+)\}/g, (_, path) => attribute(path)),
    'Fn::Join': (input) => {
      const [separator, parts] = resolve(input) as [string, readonly string[]]
      return parts.join(separator)
    },
    'Fn::Equals': (input) => new Set(list(resolve(input))).size === 1,
    'Fn::Not': (input) => !list(resolve(input))[0],
    'Fn::And': (input) => list(resolve(input)).every(Boolean),
    'Fn::If': (input) => {
      const [condition, yes, no] = list(input)
      return resolve(resolve({ Condition: condition }) ? yes : no)
    },
  }

  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve)
    if (!isObject(value)) return value
    const [[name, input] = ['', undefined], ...others] = Object.entries(value)
    const fill = others.length === 0 ? functions[name] : undefined
    if (fill !== undefined) return fill(input)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each)]))
  }

  return {
    /** A value of the template, filled in. */
    resolve,
    /** The name of a resource in the cloud. */
    nameOf: (id: string): string => nameOf(template, id, place),
    /** Whether a resource is made at all. */
    isMade: ({ Condition }: CloudResource): boolean =>
      Condition === undefined || resolve({ Condition }) === true,
  }
}
