import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

interface MemorySizes {
  readonly provider: { readonly memorySize: number }
  readonly functions: Readonly<Record<string, { readonly memorySize?: number }>>
}

/** The memory of a function in MB, as serverless.yml has it. */
export const memoryOf = (name: 'replies' | 'webhook' | 'worker' | 'sweeper'): number => {
  const text = readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8')
  const file: MemorySizes = parse(text, { merge: true, logLevel: 'silent' })
  return file.functions[name]?.memorySize ?? file.provider.memorySize
}
