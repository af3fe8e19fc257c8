import { posix } from 'node:path'

/** A file of the project, its path from the project's directory. */
export interface SourceFile {
  readonly file: string
  readonly source: string
}

type Layer =
  | 'core'
  | 'ports'
  | 'use cases'
  | 'adapters'
  | 'http'
  | 'config'
  | 'compose'
  | 'handlers'
  | 'elsewhere'

interface LayerRule {
  /** Whose files it may import. */
  readonly mayImport: readonly Layer[]
  /** Whose types alone it may import. */
  readonly mayImportTypes?: readonly Layer[]
  /** Files that it may import beside those. */
  readonly exceptions?: readonly string[]
  readonly packages: boolean
  /** True: no clock, randomness, environment or output of its own. */
  readonly pure: boolean
}

const rules: Readonly<Record<Exclude<Layer, 'elsewhere'>, LayerRule>> = {
  core: { mayImport: ['core'], packages: false, pure: true },
  ports: { mayImport: ['core'], packages: false, pure: true },
  'use cases': { mayImport: ['core', 'ports', 'use cases'], packages: false, pure: true },
  adapters: { mayImport: ['core', 'ports', 'adapters'], packages: true, pure: false },
  http: {
    mayImport: ['core', 'ports', 'http'],
    mayImportTypes: ['use cases'],
    packages: true,
    pure: false,
  },
  config: {
    mayImport: ['core'],
    exceptions: ['lib/adapters/tencent-endpoints.ts'],
    packages: true,
    pure: false,
  },
  compose: {
    mayImport: ['core', 'ports', 'use cases', 'adapters', 'http', 'config', 'compose'],
    packages: true,
    pure: false,
  },
  handlers: { mayImport: ['compose', 'config', 'http', 'use cases'], packages: false, pure: false },
}

/** The first pattern that a path matches says its layer. */
const layers: readonly (readonly [RegExp, Layer])[] = [
  [/^lib\/core\//, 'core'],
  [/^lib\/adapters\//, 'adapters'],
  [/^lib\/http\//, 'http'],
  [/^lib\/(ports|call-budget\/slot-book)\.ts$/, 'ports'],
  [/^lib\/config\.ts$/, 'config'],
  [/^lib\/compose[^/]*\.ts$/, 'compose'],
  [/^lib\//, 'use cases'],
  [/^handlers\//, 'handlers'],
]

const layerOf = (file: string): Layer =>
  layers.find(([pattern]) => pattern.test(file))?.[1] ?? 'elsewhere'

interface Import {
  readonly from: string
  readonly typesOnly: boolean
}

const importPattern =
  /(?:\b(import|export)(\s+type)?\b[^'"`;]*?\bfrom|\bimport\s*\(|\bimport)\s*['"]([^'"]+)['"]/g

const importsOf = (source: string): readonly Import[] =>
  [...source.matchAll(importPattern)].map(([, , type, from = '']) => ({
    from,
    typesOnly: type !== undefined,
  }))

const withoutComments = (source: string): string =>
  source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')

const impure =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.|process\.|console\.\w+\(|setTimeout|setInterval|setImmediate|fetch\()/

/** Where the service's own spelling may stand. */
const spellsTencent =
  /^(lib\/adapters\/(tencent-.*|read-messages|stored-message|.*callback.*)\.ts|local\/simulator\/.*)$/

const wrongImport = (file: string, rule: LayerRule, { from, typesOnly }: Import) => {
  if (!from.startsWith('.')) {
    // Types are gone when the program runs.
    return rule.packages || typesOnly ? undefined : `imports the package ${from}`
  }
  const target = posix.join(posix.dirname(file), from)
  const layer = layerOf(target)
  const allowed =
    rule.exceptions?.includes(target) ||
    rule.mayImport.includes(layer) ||
    (typesOnly && rule.mayImportTypes?.includes(layer))
  return allowed ? undefined : `imports ${target}`
}

const wrongWords = (file: string, source: string, rule: LayerRule | undefined) => {
  const code = withoutComments(source)
  const own = rule?.pure ? impure.exec(code)?.[1] : undefined
  return [
    own !== undefined && `uses ${own}`,
    rule !== undefined &&
      file !== 'lib/config.ts' &&
      /\bprocess\.env\b/.test(code) &&
      'reads process.env',
    /From_Account/.test(code) && !spellsTencent.test(file) && 'spells From_Account',
  ]
}

/** What each file does that its layer may not, as `file does this`. */
export const boundaryViolations = (files: readonly SourceFile[]): readonly string[] =>
  files.flatMap(({ file, source }) => {
    const layer = layerOf(file)
    const rule = layer === 'elsewhere' ? undefined : rules[layer]
    const imports = rule === undefined ? [] : importsOf(withoutComments(source))
    return [
      ...imports.map((one) => rule && wrongImport(file, rule, one)),
      ...wrongWords(file, source, rule),
    ]
      .filter((violation) => typeof violation === 'string')
      .map((violation) => `${file} ${violation}`)
  })
