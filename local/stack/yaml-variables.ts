import { fieldsOf, isObject } from '../../lib/core/json.ts'

/** Where `${…}` in serverless.yml finds values. */
export interface VariableSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Options of the command line, such as `stage`. */
  readonly opt: Readonly<Record<string, string | undefined>>
  /** Reads another document, by the name that `${file(…):…}` has for it. */
  readonly file?: (name: string) => unknown
}

const innermost = /\$\{\s*((?:self|env|opt|sls|file\([^()${}]*\)):[^${}]*)\}/
const oneVariable = new RegExp(`^${innermost.source}$`)
const alternatives = /'([^']*)'|"([^"]*)"|([^,\s][^,]*)/g

/**
 * Replaces every `${self:…}`, `${env:…}`, `${opt:…}`, `${file(…):…}` and `${sls:stage}` in a parsed serverless.yml, alternatives
 * behind commas included. What CloudFormation fills in, `${AWS::Region}` or `${Table.Arn}`, stays. Throws an Error that names a
 * variable without value.
 */
export const resolveVariables = (document: unknown, sources: VariableSources): unknown => {
  const valueAt = (path: string, root = document): unknown =>
    // A name on the way may itself stand for a map.
    resolve(path.split('.').reduce((at, name) => fieldsOf(resolveHead(at))[name], root))
  const resolveHead = (at: unknown): unknown => (typeof at === 'string' ? resolveText(at) : at)

  const lookUp = (variable: string): unknown => {
    const [, source, name = '', path = ''] =
      /^(\w+)(?:\(([^()]*)\))?:(.*)$/.exec(variable.trim()) ?? []
    switch (source) {
      case 'self':
        return valueAt(path)
      case 'env':
        return sources.env[path]
      case 'opt':
        return sources.opt[path]
      case 'sls':
        return sources.opt['stage'] ?? valueAt('provider.stage')
      case 'file':
        // What stands there may refer to this document.
        return valueAt(path, sources.file?.(name))
      default:
        return undefined
    }
  }

  const firstOf = (list: string): unknown => {
    for (const [, single, double, variable] of list.matchAll(alternatives)) {
      const value = single ?? double ?? lookUp(variable ?? '')
      if (value !== undefined) return value
    }
    throw new Error(`serverless.yml: \${${list}} has no value.`)
  }

  const resolveText = (text: string): unknown => {
    const whole = oneVariable.exec(text)?.[1]
    if (whole !== undefined) return firstOf(whole)
    const replaced = text.replace(innermost, (_, list: string) => String(firstOf(list)))
    return replaced === text ? text : resolveText(replaced)
  }

  const resolve = (value: unknown): unknown => {
    if (typeof value === 'string') return resolveText(value)
    if (Array.isArray(value)) return value.map(resolve)
    if (!isObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(one)]))
  }

  return resolve(document)
}
