import {
  type CloudTemplate,
  danglingReferences,
  parseTemplate,
  templateResolver,
} from './cloud-template.ts'

/** What CloudFormation needs of S3. Objects are named by their path, the bucket first. */
export interface ObjectStore {
  read(path: string): Promise<Buffer | undefined>
  isEmpty(bucket: string): Promise<boolean>
  makeBucket(bucket: string): Promise<void>
  removeBucket(bucket: string): Promise<void>
}

/** The parameters of a call, as the AWS query protocol sends them. */
export type QueryParameters = Readonly<Record<string, string>>

/** A call that CloudFormation refuses, with the code that it would give. */
export class CallRefused extends Error {
  readonly code: string

  constructor(message: string, code = 'ValidationError') {
    super(message)
    this.code = code
  }
}

interface ChangeSet {
  readonly name: string
  readonly templateText: string
  readonly tags: Readonly<Record<string, string>>
  readonly status: 'CREATE_COMPLETE' | 'FAILED'
}

interface Stack {
  readonly name: string
  status: string
  templateText: string
  tags: Readonly<Record<string, string>>
  isProtected: boolean
  changedAt: Date
  changeSet?: ChangeSet | undefined
}

/** A function as it was deployed. */
export interface DeployedFunction {
  readonly name: string
  readonly archive: Buffer
  readonly environment: Readonly<Record<string, string>>
  readonly changedAt: Date
}

const place = { region: 'eu-central-1', accountId: '000000000000' }
const noChanges = "The submitted information didn't contain changes."
const bucketId = 'ServerlessDeploymentBucket'

const escapeXml = (text: string): string =>
  text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`)

const xml = (fields: Readonly<Record<string, string | boolean>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('')

const members = (list: readonly string[]): string =>
  list.map((member) => `<member>${member}</member>`).join('')

const tagsOf = (query: QueryParameters): Readonly<Record<string, string>> => {
  const keys = Object.keys(query).filter((name) => /^Tags\.member\.\d+\.Key$/.test(name))
  return Object.fromEntries(
    keys.map((name) => [query[name] ?? '', query[name.replace(/Key$/, 'Value')] ?? '']),
  )
}

/**
 * CloudFormation as far as a deployment asks for it, in memory: change sets, their execution in one step, events, outputs,
 * protection, deletion. It refuses what CloudFormation refuses: names that a template refers to and does not have, code that
 * is not in the bucket, the deletion of a protected stack or of a bucket that holds something. A call that it does not know
 * is refused too, and stands in `unknownCalls`.
 */
export const cloudFormationStandIn = (store: ObjectStore) => {
  const stacks = new Map<string, Stack>()
  const calls: string[] = []
  const unknownCalls: string[] = []
  const retained: string[] = []

  const stackNamed = (name = ''): Stack => {
    const stack = stacks.get(name)
    if (stack === undefined) throw new CallRefused(`Stack with id ${name} does not exist`)
    return stack
  }
  const templateOf = ({ templateText }: Stack): CloudTemplate => parseTemplate(templateText)
  const resolverOf = (stack: Stack) =>
    templateResolver(templateOf(stack), { ...place, stackName: stack.name })

  const templateIn = async ({
    TemplateBody,
    TemplateURL = '',
  }: QueryParameters): Promise<string> => {
    const url = TemplateBody === undefined ? new URL(TemplateURL) : undefined
    const text = TemplateBody ?? String((await store.read(url?.pathname ?? '')) ?? '')
    const dangling = danglingReferences(parseTemplate(text))
    if (dangling.length === 0) return text
    throw new CallRefused(`Template format error: Unresolved dependencies [${dangling.join(', ')}]`)
  }

  const functionsOf = async (stack: Stack): Promise<readonly DeployedFunction[]> => {
    const { resolve } = resolverOf(stack)
    const lambdas = Object.values(templateOf(stack).Resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::Function',
    )
    return Promise.all(
      lambdas.map(async ({ Properties }) => {
        const { FunctionName, Code, Environment } = resolve(Properties) as {
          readonly FunctionName: string
          readonly Code: { readonly S3Bucket: string; readonly S3Key: string }
          readonly Environment: { readonly Variables: Readonly<Record<string, string>> }
        }
        const archive = await store.read(`/${Code.S3Bucket}/${Code.S3Key}`)
        if (archive === undefined) throw new CallRefused(`${Code.S3Key} is not in the bucket`)
        const environment = Environment.Variables
        return { name: FunctionName, archive, environment, changedAt: stack.changedAt }
      }),
    )
  }

  const actions: Readonly<Record<string, (query: QueryParameters) => string | Promise<string>>> = {
    DescribeStacks: ({ StackName }) => {
      const stack = stackNamed(StackName)
      const { resolve } = resolverOf(stack)
      const outputs = Object.entries(templateOf(stack).Outputs ?? {}).map(([name, { Value }]) =>
        xml({ OutputKey: name, OutputValue: String(resolve(Value)) }),
      )
      const described = xml({
        StackName: stack.name,
        StackId: stack.name,
        StackStatus: stack.status,
        CreationTime: stack.changedAt.toISOString(),
        EnableTerminationProtection: stack.isProtected,
      })
      return `<Stacks>${members([`${described}<Outputs>${members(outputs)}</Outputs>`])}</Stacks>`
    },
    DescribeStackResource: ({ StackName, LogicalResourceId = '' }) => {
      const stack = stackNamed(StackName)
      const resource = templateOf(stack).Resources[LogicalResourceId]
      if (resource === undefined) {
        throw new CallRefused(`Resource ${LogicalResourceId} does not exist for stack ${StackName}`)
      }
      const PhysicalResourceId = resolverOf(stack).nameOf(LogicalResourceId)
      const described = xml({ LogicalResourceId, PhysicalResourceId, ResourceType: resource.Type })
      return `<StackResourceDetail>${described}</StackResourceDetail>`
    },
    ListStackResources: ({ StackName }) => {
      const resources = Object.entries(templateOf(stackNamed(StackName)).Resources)
      const summaries = resources.map(([LogicalResourceId, { Type }]) =>
        xml({ LogicalResourceId, ResourceType: Type, ResourceStatus: 'CREATE_COMPLETE' }),
      )
      return `<StackResourceSummaries>${members(summaries)}</StackResourceSummaries>`
    },
    DescribeStackEvents: ({ StackName }) => {
      const { name, status, changedAt } = stackNamed(StackName)
      const event = xml({
        EventId: `${name}-${changedAt.getTime()}`,
        StackId: name,
        StackName: name,
        LogicalResourceId: name,
        ResourceType: 'AWS::CloudFormation::Stack',
        ResourceStatus: status,
        Timestamp: changedAt.toISOString(),
      })
      return `<StackEvents>${members([event])}</StackEvents>`
    },
    ValidateTemplate: async (query) => {
      await templateIn(query)
      return '<Parameters/>'
    },
    CreateChangeSet: async (query) => {
      const { StackName: name = '', ChangeSetName = '', ChangeSetType } = query
      const templateText = await templateIn(query)
      const tags = tagsOf(query)
      if (ChangeSetType === 'CREATE') {
        const status = 'REVIEW_IN_PROGRESS'
        const started = { name, status, templateText: '', tags, isProtected: false }
        stacks.set(name, { ...started, changedAt: new Date() })
      }
      const stack = stackNamed(name)
      const status = stack.templateText === templateText ? 'FAILED' : 'CREATE_COMPLETE'
      stack.changeSet = { name: ChangeSetName, templateText, tags, status }
      return xml({ Id: ChangeSetName, StackId: name })
    },
    DescribeChangeSet: ({ StackName = '', ChangeSetName = '' }) => {
      const { changeSet } = stackNamed(StackName)
      if (changeSet?.name !== ChangeSetName) throw new CallRefused('no such', 'ChangeSetNotFound')
      const { status } = changeSet
      const reason = status === 'FAILED' ? { StatusReason: noChanges } : {}
      return xml({ ChangeSetName, StackName, StackId: StackName, Status: status, ...reason })
    },
    DeleteChangeSet: ({ StackName }) => {
      stackNamed(StackName).changeSet = undefined
      return ''
    },
    ExecuteChangeSet: async ({ StackName }) => {
      const stack = stackNamed(StackName)
      const { changeSet } = stack
      if (changeSet?.status !== 'CREATE_COMPLETE') throw new CallRefused('nothing to execute')
      const isNew = stack.templateText === ''
      const { templateText, tags } = changeSet
      Object.assign(stack, { templateText, tags, changeSet: undefined })
      if (isNew) await store.makeBucket(resolverOf(stack).nameOf(bucketId))
      await functionsOf(stack)
      stack.status = isNew ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE'
      stack.changedAt = new Date()
      return ''
    },
    UpdateTerminationProtection: ({ StackName, EnableTerminationProtection }) => {
      stackNamed(StackName).isProtected = EnableTerminationProtection === 'true'
      return xml({ StackId: StackName ?? '' })
    },
    DeleteStack: async ({ StackName = '' }) => {
      const stack = stackNamed(StackName)
      if (stack.isProtected) throw new CallRefused('TerminationProtection is enabled')
      const { nameOf } = resolverOf(stack)
      const bucket = nameOf(bucketId)
      if (!(await store.isEmpty(bucket))) throw new CallRefused(`${bucket} is not empty`)
      await store.removeBucket(bucket)
      const kept = Object.entries(templateOf(stack).Resources).filter(
        ([, { DeletionPolicy }]) => DeletionPolicy === 'Retain',
      )
      retained.push(...kept.map(([id]) => nameOf(id)))
      stacks.delete(StackName)
      return ''
    },
  }

  return {
    /** Answers a call with the content of its result, in XML; throws `CallRefused`. */
    call: async (query: QueryParameters): Promise<string> => {
      const { Action = '' } = query
      const action = actions[Action]
      calls.push(Action)
      if (action !== undefined) return action(query)
      unknownCalls.push(Action)
      throw new CallRefused(`${Action} is not known here`, 'InvalidAction')
    },
    stack: (name: string): Readonly<Stack> | undefined => stacks.get(name),
    /** The functions of all stacks. */
    functions: async (): Promise<readonly DeployedFunction[]> =>
      (
        await Promise.all([...stacks.values()].filter((one) => one.templateText).map(functionsOf))
      ).flat(),
    /** What deleted stacks left behind. */
    retained: retained as readonly string[],
    /** The actions asked for, in order. */
    calls: calls as readonly string[],
    unknownCalls,
  }
}
