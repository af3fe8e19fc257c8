import { build, type Message } from 'esbuild'
import { err, ok, type Result } from '../../lib/core/result.ts'

/** Why the functions cannot be built, for whoever wrote it. */
export interface CompileError {
  /** `lib/a.ts:3:8: Unexpected ";"`. */
  readonly sentence: string
  /** The line and its neighbours, with a mark under the place; absent where the error has no place. */
  readonly frame?: string
}

/** Which files a function consists of, or the first thing that is wrong with them. */
export type Compiled = Result<ReadonlySet<string>, CompileError>

/** Builds functions, each for itself as their deployment does, without writing anything. `entries` names each one's file, from `directory`. */
export const compileFunctions = async (
  directory: string,
  entries: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Compiled>> =>
  new Map(
    await Promise.all(
      [...entries].map(async ([name, entry]) => [name, await compile(directory, entry)] as const),
    ),
  )

const compile = async (directory: string, entry: string): Promise<Compiled> => {
  try {
    const { metafile } = await build({
      absWorkingDir: directory,
      entryPoints: [entry],
      bundle: true,
      write: false,
      outdir: 'built',
      outbase: '.',
      platform: 'node',
      format: 'esm',
      packages: 'external',
      metafile: true,
      logLevel: 'silent',
    })
    return ok(new Set(Object.keys(metafile.inputs)))
  } catch (error) {
    return err(readError(error))
  }
}

const readError = (error: unknown): CompileError => {
  const [first] = messagesOf(error)
  if (first === undefined) return { sentence: String(error) }
  const { location, text } = first
  if (location === null) return { sentence: text }
  const { file, line, column, lineText, length } = location
  const number = `${line} │ `
  const indent = ' '.repeat(number.length - 2)
  const mark = `${indent}│ ${' '.repeat(column)}${'^'.repeat(Math.max(length, 1))}`
  return {
    sentence: `${file}:${line}:${column + 1}: ${text}`,
    frame: `${number}${lineText}\n${mark}`,
  }
}

const messagesOf = (error: unknown): readonly Message[] =>
  typeof error === 'object' && error !== null && 'errors' in error && Array.isArray(error.errors)
    ? error.errors
    : []
