import {
  type CloudTemplate,
  parseTemplate,
  templateResolver,
} from '../../support/cloud-template.ts'

/** The stack of prod. */
export const stackName = 'tencent-chat-stream-prod'
/** The functions as serverless.yml names them, and as CloudFormation names their resources. */
export const functions = {
  replies: 'Replies',
  webhook: 'Webhook',
  worker: 'Worker',
  sweeper: 'Sweeper',
} as const

/** One of the functions of serverless.yml. */
export type FunctionName = keyof typeof functions
export const functionNames = Object.keys(functions) as readonly FunctionName[]

/** An object of the template. */
export type Fields = Readonly<Record<string, unknown>>

/** A packaged template with what the tests ask of it. */
export interface PackagedTemplate {
  readonly text: string
  readonly template: CloudTemplate
  /** As the template has them. */
  readonly propertiesOf: (id: string) => Fields
  /** As CloudFormation fills them in. */
  readonly resolvedOf: (id: string) => Fields
  readonly resolve: (value: unknown) => unknown
  /** The resources of a type that are made, by their names in the template. */
  readonly ofType: (type: string) => Readonly<Record<string, Fields>>
}

/** Reads a packaged template as CloudFormation would for a stack of this name. */
export const packagedTemplate = (text: string, name = stackName): PackagedTemplate => {
  const template = parseTemplate(text)
  const place = { region: 'eu-central-1', accountId: '000000000000', stackName: name }
  const { resolve, isMade } = templateResolver(template, place)
  const propertiesOf = (id: string): Fields => template.Resources[id]?.Properties ?? {}
  const resolvedOf = (id: string): Fields => resolve(propertiesOf(id)) as Fields
  return {
    text,
    template,
    propertiesOf,
    resolvedOf,
    resolve,
    ofType: (type) =>
      Object.fromEntries(
        Object.entries(template.Resources)
          .filter(([, resource]) => resource.Type === type && isMade(resource))
          .map(([id]) => [id, resolvedOf(id)]),
      ),
  }
}
