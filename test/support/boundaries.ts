import { posix } from 'node:path'

/** A file of the project, its path from the project's directory. */
export interface SourceFile {
  readonly file: string
  readonly source: string
}

type Layer =
  | 'core'
  | 'ports'
  | 'reply'
  | 'rate limit'
  | 'use cases'
  | 'worker'
  | 'adapters'
  | 'http'
  | 'config'
  | 'compose'
  | 'handlers'
  | 'memory'
  | 'loose'
  | 'elsewhere'

interface LayerRule {
  /** Whose files it may import. */
  readonly mayImport: readonly Layer[]
  /** Whose types alone it may import. */
  readonly mayImportTypes?: readonly Layer[]
  readonly packages: boolean
  /** True: no clock, randomness, environment or output of its own. */
  readonly pure: boolean
}

const rules: Readonly<Record<Exclude<Layer, 'elsewhere'>, LayerRule>> = {
  core: { mayImport: ['core'], packages: false, pure: true },
  ports: { mayImport: ['core', 'ports'], packages: false, pure: true },
  reply: { mayImport: ['core', 'ports', 'reply'], packages: false, pure: true },
  'rate limit': { mayImport: ['core', 'ports', 'rate limit'], packages: false, pure: true },
  'use cases': {
    mayImport: ['core', 'ports', 'reply', 'rate limit', 'use cases'],
    packages: false,
    pure: true,
  },
  worker: {
    mayImport: ['core', 'ports', 'worker'],
    mayImportTypes: ['reply', 'use cases'],
    packages: false,
    pure: true,
  },
  adapters: {
    mayImport: ['core', 'ports', 'adapters'],
    packages: true,
    pure: false,
  },
  http: {
    mayImport: ['core', 'ports', 'http'],
    mayImportTypes: ['reply', 'use cases'],
    packages: true,
    pure: false,
  },
  config: {
    mayImport: ['core', 'config'],
    packages: true,
    pure: false,
  },
  compose: {
    mayImport: [
      'core',
      'ports',
      'reply',
      'rate limit',
      'use cases',
      'worker',
      'adapters',
      'http',
      'config',
      'compose',
    ],
    packages: true,
    pure: false,
  },
  handlers: { mayImport: ['compose', 'config', 'http', 'use cases'], packages: false, pure: false },
  memory: {
    mayImport: ['core', 'ports', 'memory'],
    packages: true,
    pure: false,
  },
  loose: { mayImport: [], packages: false, pure: true },
}

/** The first pattern that a path matches says its layer. */
const layers: readonly (readonly [RegExp, Layer])[] = [
  [/^lib\/core\//, 'core'],
  [/^lib\/ports(\.ts$|\/)/, 'ports'],
  [/^lib\/reply\//, 'reply'],
  [/^lib\/rate-limit\//, 'rate limit'],
  [/^lib\/use-cases\//, 'use cases'],
  [/^lib\/worker\//, 'worker'],
  [/^lib\/adapters\//, 'adapters'],
  [/^lib\/http\//, 'http'],
  [/^lib\/config(\.ts$|\/)/, 'config'],
  [/^lib\/compose\//, 'compose'],
  [/^handlers\//, 'handlers'],
  [/^local\/memory\//, 'memory'],
  [/^lib\//, 'loose'],
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

/** What the oldest Node that a platform offers, 18.15, does not have. */
const tooNew = /\.(toSorted|toReversed|toSpliced)\(|\bObject\.groupBy\b|\bPromise\.withResolvers\b/

/** Where the service's own spelling may stand. */
const spellsTencent = /^(lib\/adapters\/tencent|local\/simulator)\//

/** Numbers of Tencent's error table, where they stand alone. */
const tencentCode = /\b(?:1000[2-8]|2000[1-9]|200[12]\d|600\d\d|700\d\d|800\d\d|900\d\d|9099\d)\b/

const wrongImport = (file: string, rule: LayerRule, { from, typesOnly }: Import) => {
  if (!from.startsWith('.')) {
    // Types are gone when the program runs.
    return rule.packages || typesOnly ? undefined : `imports the package ${from}`
  }
  const target = posix.join(posix.dirname(file), from)
  const layer = layerOf(target)
  const allowed =
    rule.mayImport.includes(layer) || (typesOnly && rule.mayImportTypes?.includes(layer))
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
    /^(lib|handlers)\//.test(file) &&
      tooNew.test(code) &&
      `uses ${tooNew.exec(code)?.[0]}, which Node 18 does not have`,
    layerOf(file) === 'loose' && 'lies loose in lib/',
    /^lib\/core\//.test(file) && tencentCode.test(code) && 'knows an error code of Tencent',
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
