import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { parse } from 'yaml'
import { resolveVariables, type VariableSources } from './yaml-variables.ts'

/** A value, or the way to one that exists once the resources do: `{Ref}` or `{'Fn::GetAtt'}`. */
export type Reference =
  | { readonly Ref: string }
  | { readonly 'Fn::GetAtt': readonly [resource: string, attribute: string] }

const reference = v.union([
  v.object({ Ref: v.string() }),
  v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }),
])
const environment = v.optional(
  v.record(v.string(), v.union([v.string(), v.pipe(v.number(), v.transform(String)), reference])),
  {},
)

const httpEvent = v.object({
  httpApi: v.pipe(
    v.string(),
    v.regex(/^(\*|[A-Z]+) \/\S*$/, 'must be METHOD /path'),
    v.transform((route) => {
      const [method = '', path = ''] = route.split(' ')
      return { method, path }
    }),
  ),
})
const queueEvent = v.object({
  sqs: v.object({
    arn: reference,
    batchSize: v.optional(v.number(), 10),
    functionResponseType: v.optional(v.string()),
  }),
})
const scheduleEvent = v.object({
  schedule: v.pipe(v.string(), v.regex(/^rate\(\d+ (minute|hour)s?\)$/, 'must be rate(…)')),
})

const functionSchema = v.object({
  handler: v.string(),
  timeout: v.optional(v.number(), 6),
  memorySize: v.optional(v.number()),
  environment,
  events: v.optional(v.array(v.union([httpEvent, queueEvent, scheduleEvent])), []),
})

const serviceSchema = v.object({
  service: v.string(),
  provider: v.object({
    region: v.string(),
    stage: v.string(),
    memorySize: v.optional(v.number(), 1024),
    environment,
  }),
  functions: v.record(v.string(), functionSchema),
  resources: v.object({
    Resources: v.record(
      v.string(),
      v.object({ Type: v.string(), Properties: v.optional(v.record(v.string(), v.unknown()), {}) }),
    ),
  }),
})

/** What the local stack reads of serverless.yml, with every variable replaced. */
export type ServiceFile = v.InferOutput<typeof serviceSchema>
export type FunctionEntry = ServiceFile['functions'][string]

const customTags = [
  { tag: '!Ref', resolve: (name: string) => ({ Ref: name }) },
  { tag: '!GetAtt', resolve: (path: string) => ({ 'Fn::GetAtt': path.split('.') }) },
  { tag: '!Sub', resolve: (text: string) => ({ 'Fn::Sub': text }) },
]

/** A YAML file with the tags of CloudFormation, its variables not replaced. */
export const readYaml = (file: string): unknown =>
  parse(readFileSync(file, 'utf8'), { customTags, merge: true })

/** Reads serverless.yml. Throws an Error that names the first entry which the local stack does not understand. */
export const readServiceFile = (file: string, sources: VariableSources): ServiceFile => {
  const resolved = resolveVariables(readYaml(file), sources)
  const parsed = v.safeParse(serviceSchema, resolved)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new Error(`serverless.yml: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`)
}
