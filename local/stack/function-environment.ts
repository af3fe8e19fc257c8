import type { LocalSqs } from '../cloud/sqs.ts'
import type { LocalTables } from '../cloud/tables.ts'
import type { FunctionEntry, Reference, ServiceFile } from './service-file.ts'

/** The resources of serverless.yml as they exist on this machine. */
export interface LocalResources {
  readonly tables: LocalTables['tables']
  readonly queues: LocalSqs['queues']
}

/** What `!Ref` and `!GetAtt` stand for. Throws where the local stack has no such resource. */
export const referredTo = (reference: Reference, resources: LocalResources): string => {
  const isRef = 'Ref' in reference
  const [name, attribute] = isRef ? [reference.Ref, 'Ref'] : reference['Fn::GetAtt']
  const queue = resources.queues.get(name)
  const table = resources.tables.get(name)
  const value = queue ? queueValue(queue, attribute) : isRef ? table : undefined
  if (value !== undefined) return value
  throw new Error(`serverless.yml: the local stack knows no ${attribute} of ${name}.`)
}

const queueValue = (
  { url, arn }: { readonly url: string; readonly arn: string },
  attribute: string,
): string | undefined => (attribute === 'Ref' ? url : attribute === 'Arn' ? arn : undefined)

/** The variables that serverless.yml gives to a function: the provider's and its own. */
export const functionEnvironment = (
  { provider }: ServiceFile,
  entry: FunctionEntry,
  resources: LocalResources,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries({ ...provider.environment, ...entry.environment }).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : referredTo(value, resources),
    ]),
  )
